import { testTopics } from './suite.ts';

testTopics('a', 'j');
