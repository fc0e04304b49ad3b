import { storeContract } from '../support/store-contract.ts';
import { memorySubject } from '../support/store-places.ts';

storeContract(memorySubject);
