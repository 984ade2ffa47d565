"""What people in the made-up mailbox say. Nobody in particular ever wrote it."""

from __future__ import annotations

FIRST = """Dana Ruben Priya Nils Greta Omar Lucia Tom Ines Jakob Mei Carlos Hanna Victor Lena Paul Aisha Rob Sofia Karl
Nora Bruno Emma Idris Clara Henry Yara Felix Joan Marek""".split()
LAST = """Ruiz Holt Mehta Berg Lang Haddad Conti Walsh Prado Stern Chen Vega Lind Moreau Weiss Okafor Khan Mills Rossi
Brandt Fischer Gallo Doyle Noor Stone Hale Costa Keller Reyes Novak""".split()
TOWNS = """Ashford Brinton Calder Dunmore Elton Farley Granby Hartwell Ironbridge Kelso Lowell Marlow Norwick Oakdale
Preston Quarry Redhill Selby Thornton Upton Wexley Yarrow""".split()
GOODS = """pallet lift|dock leveller|packing line|cold room|compressor|conveyor extension|forklift|label printer|
weighing station|stretch wrapper|shelving system|air curtain|dust extractor|cable tray|gantry crane""".replace(
    "\n", ""
).split("|")
TALK = """The team looked at it this morning and nobody had anything to add.
The lift in the back hall makes the same noise as in spring.
I put the drawings into the shared folder next to the old ones.
We had the inspector here on Wednesday and it went well.
The second shift starts an hour earlier as long as the road works last.
Could you have somebody look at the left door when you are around?
The paint on the frame has come off in two places, which is only a matter of looks.
Our warehouse moves to the new hall at the end of the quarter.
Everyone here was pleased with how the fitters left the place.
There is a spare key with the porter at the north gate.
Please send the forms to the office in the old building, the new one has no letter box yet.
The cable is two metres longer than the plan says, so it reaches.
I asked around, and the older model is still in use in three of the sites.
The parking lot will be closed for the marathon.
We swapped the two sensors and the fault moved with them.
The manual is missing the page about the filters.
Somebody left a jacket in the meeting room, dark blue, with a ticket in the pocket.
It would help me to know who answers for the floor load.
The trainees were very taken with the demonstration.
I am in the other office on Thursdays and hard to reach by phone.
The plan shows the column in the wrong place, it stands nearer to the gate.
Nobody has complained about the noise since the mats are in.
The driver needs a phone number of someone who is there before six.
We keep two of the old rollers as spares.
Thanks for explaining the difference between the two motors so patiently.
The canteen has a new cook, come by at noon.
Let me know if the photos are good enough, else I take new ones.
The fire brigade wants the aisle to be half a metre wider.
I wrote down the serial numbers, they are on the back of the list.
As far as I can tell the belt runs true again.""".split("\n")
NEWS = """A year of quiet motors|What the new floor standard means|Five halls, one crane|The autumn fair in pictures|
How a bakery moved overnight|Lighting that pays attention|Pallets: a short history|Notes from the loading dock|
Who tests the testers|A warehouse under a vineyard|The door that closes itself|Minutes of Tuesday|Photos of the site|
Plan of the north hall|Holiday rota|Spare rollers|Inspection report|Keys for the gate|Training for the new shift|
Floor load""".replace("\n", "").split("|")
NOTICES = """Your weekly report is ready|A new sign-in from Chicago|Your parcel has been handed over|Backup finished|
Three new comments on a page you watch|Meeting room 4 is booked|Your password was changed|Build 812 passed""".replace(
    "\n", ""
).split("|")
ANSWERS = """Thanks, that looks good. We would like to go ahead, please send the order confirmation.
Could you tell me whether the delivery is included, and how long it takes?
Thank you, received. I have passed it on to our director and come back to you.
We have decided to go with another supplier this time. Thank you for your effort.
I am out of the office until the end of next week and will read your mail when I am back.
This is not the right moment for us, please get in touch again in three months.
Can we bring the price down a little if we take two of them?
Please take it up with my colleague, she looks after purchasing now.
We are still waiting for the green light from finance.""".split("\n")
