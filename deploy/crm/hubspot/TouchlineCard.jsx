// The card on a contact: one button that opens the panel in HubSpot's own frame, launched at that moment.
import React, { useState } from 'react';
import { Button, Text, hubspot } from '@hubspot/ui-extensions';

hubspot.extend(({ context, actions, runServerlessFunction }) => (
  <TouchlineCard context={context} openFrame={actions.openIframeModal} run={runServerlessFunction} />
));

const TouchlineCard = ({ context, openFrame, run }) => {
  const [trouble, setTrouble] = useState('');
  const open = async () => {
    const { status, response } = await run({
      name: 'launch',
      propertiesToSend: ['hs_object_id'],
      parameters: { userEmail: context.user.email },
    });
    if (status !== 'SUCCESS') setTrouble('Touchline does not answer.');
    else openFrame({ uri: response.uri, height: 800, width: 520, title: 'Touchline' });
  };
  return (
    <>
      <Button onClick={open}>Show the timeline</Button>
      {trouble && <Text>{trouble}</Text>}
    </>
  );
};
