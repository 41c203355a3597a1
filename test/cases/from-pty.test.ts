import { testTopics } from './suite.ts';

testTopics('pty', 'sig');
