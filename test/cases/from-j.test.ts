import { testTopics } from './suite.ts';

testTopics('j', 'ns');
