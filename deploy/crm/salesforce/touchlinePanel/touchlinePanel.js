// The panel on a contact's record page. A frame is opened anew with each record, because a launch is good for a minute.
import { LightningElement, api } from 'lwc';
import address from '@salesforce/apex/TouchlineLaunch.address';

export default class TouchlinePanel extends LightningElement {
    frame;
    trouble;
    record;

    @api
    get recordId() {
        return this.record;
    }
    set recordId(value) {
        this.record = value;
        this.open();
    }

    async open() {
        this.frame = this.trouble = undefined;
        try {
            this.frame = await address({ recordId: this.record });
        } catch (error) {
            this.trouble = error?.body?.message ?? 'Touchline does not answer.';
        }
    }
}
