import {test} from 'node:test';
throw new Error('at load');
