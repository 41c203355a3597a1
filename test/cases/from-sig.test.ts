import { testTopics } from './suite.ts';

testTopics('sig', 'tcp');
