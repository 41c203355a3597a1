import { testTopics } from './suite.ts';

testTopics('ns', 'pty');
