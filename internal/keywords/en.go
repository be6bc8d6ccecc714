package keywords

var english = language{
	code: "en",
	any:  `unsub, unsubscribed, unsuscribe, remove me, opt me out, opt-out, stop all`,
	whole: `end, quit, cancel, remove, enough, cease, everything, no more, leave me alone, go away, exit, out, leave, terminate, desist,
		unfollow, delete, delete me, block, finish`,
	help:    `help me, need help, support, info please`,
	start:   `resume, resubscribe`,
	confirm: `yes, confirm, confirmed, join, i agree, i accept, i confirm, agreed, accept, y e s`,
	decline: `no, nope, nah, no thanks, no thank you, i decline, decline, refuse, i refuse, never, reject, not now`,
	nearYes: `ok, okay, k, sure, why not, of course, fine, great, cool, maybe, yep, yeah, yup, alright, go on, go ahead, sounds good, good`,

	filler: `please, pls, plz, plese, thanks, thank, you, thx, ty, kindly, now, immediately, asap, hi, hello, hey, sir, dear, team, guys, sorry,
		message, messages, msg, msgs, text, texts, txt, txts, sms, mms, ads, adverts, advertising, marketing, promo, promos, promotion,
		promotions, promotional, spam, spamming, newsletter, newsletters, notifications, alerts, subscription, service, mailing, list, emails,
		email, mails, contact, this, that, it, these, those, them, the, your, my, me, to, from, at, once, already, just, i, said, want, would, like,
		again, and, with, right, here, ffs, omg, ffs, man, bro, mate, really, offers, deals, today, forever, for, good, of, ur, u, number, on, sending, it`,
	polite: `please, pls, plz, thanks, thank, you, thx, ty, very, much, i, do, agree, accept, confirm, it, that, want, my, subscription, sir, hi, hello,
		to, it, and, is, for, me, offers, the`,
	all:   `all, everything, every, everywhere, anything, all channels, completely, entirely, totally, stopall`,
	ask:   `how, if, why, when, what, where, which, does, do, did, is, whether, unless, until, should, will, would, which`,
	modal: `can, could, would, will, please, pls, plz, cud, can you`,
	topic: `receipt, receipts, code, codes, card, order, orders, parcel, package, delivery, invoice, voucher, coupon, points, password, wifi, refund,
		return, shop, store, size, price, shoes, dress, appointment, booking, prize, bag, bags, catalogue, payment, bus, train, tram, driver, courier`,
	program: `activate, activation, register, my, the, a, new, number, no, nr, code, is, here, for, loyalty, i, want, would, like, please, get, receive,
		your, receipt, to, send, me, on, venue, password, free, hi, hello, and`,

	negate:  `no, not, dont, dnt, never, none, nope, nah, neither, nor, zero, cannot, wont, nothing, refuse, refused, decline, declined`,
	without: `without, except, excluding, minus, skip`,
	wish:    `in, about, else, any, want, need, interested, receive, accept, agree, but, however, more, other, such, care`,
	hedge:   `maybe, perhaps, possibly, probably, think, guess, suppose, might, if, unless, but, kinda, hopefully, depends, later, perhaps, presumably, mabye, prolly, almost, believe, not sure`,

	sets: map[string]string{
		"stop":  `stop, stopp, cease, quit, halt, discontinue, desist`,
		"end":   `stop, end, cancel, cease, terminate, discontinue, finish, halt, block, quit, kill, enough, revoke, deactivate, unsubscribe`,
		"send":  `send, sending, sends, text, texting, textin, txt, txting, message, messaging, msg, msging, contact, contacting, write, writing, call, calling, phone, phoning, ring, ringing, email, emailing, mail, mailing, spam, spamming, bother, bothering, disturb, disturbing, harass, harassing, pester, pestering, bug, bugging, annoy, annoying, sms, sendin, spammin, txtin, msgin, advertise, advertising, bombarding, blasting`,
		"do":    `send, text, txt, message, msg, contact, write, call, phone, ring, email, mail, spam, bother, disturb, harass, pester, bug, annoy, sms`,
		"msg":   `message, messages, msg, msgs, text, texts, txt, txts, sms, ad, ads, advert, adverts, advertising, advertisement, advertisements, offer, offers, promo, promos, promotion, promotions, promotional, marketing, spam, email, emails, mail, mails, notification, notifications, newsletter, newsletters, alert, alerts, deals, crap, rubbish, junk, communications, communication, bs, updates, reminders, bombardment, nonsense, contact`,
		"me":    `me, us, my`,
		"again": `again, anymore, more, ever, further, ever, longer`,
		"get":   `receive, receiving, get, getting, hear, hearing, have, recieve, recieving, be, see`,
		"want":  `want, wish, need, wanna, like, want`,
		"off":   `remove, take, delete, drop, erase, strike, unsubscribe, get, scrub, wipe, pull, sign, opt`,
		"list":  `list, lists, database, db, system, mailing, contacts, books, distribution, records`,
		"data":  `data, details, information, info, profile, account, records, file`,
		"num":   `number, phone, mobile, contact, digits, no`,
		"have":  `have, hold, got, keep, store, has, process`,
	},
	refusal: `
		{stop} .. {send} .. {me}
		{stop} {send}
		{stop} with .. {msg}
		{stop} {msg}
		{stop} the {msg}
		{stop} all .. {msg}
		{stop} your .. {msg}
		{stop} these .. {msg}
		{stop} this .. {msg}
		{stop} those .. {msg}
		{stop} sending
		{stop} receiving
		{stop} getting .. {msg}
		| {stop} |
		^ {stop} this |
		^ {stop} it |
		please {stop} it |
		just {stop} |
		please {stop} |
		{end} my subscription
		{end} subscription
		{end} .. the subscription
		{end} this service
		{end} these .. {msg}
		{end} the .. {msg}
		{end} your .. {msg}
		{end} all .. {msg}
		{end} my .. {msg}
		cancel {msg}
		enough of .. {msg}
		enough with
		enough already
		enough is enough
		had enough
		dont .. {do} .. {me}
		dont .. {do} .. {again}
		dont .. {do} this {num}
		dnt .. {do} .. {me}
		do not .. {do} .. {me}
		do not .. {do} .. {again}
		do not .. {do} this {num}
		do not contact
		dont contact
		not .. {do} me {again}
		never .. {do} .. again
		^ never .. {do} me
		quit .. {send} .. {me}
		lay off .. {send}
		dont .. {want} .. {msg}
		dont .. {want} .. {get} .. {msg}
		dont .. {want} .. {get} .. {again}
		dont .. {want} to hear from
		dont .. {want} to be .. contacted
		dont {want} this
		dont {want} these
		dont want any .. {msg}
		do not .. {want} .. {msg}
		do not .. {want} .. {get}
		do not want this
		do not want these
		not .. {want} to {get} .. {msg}
		not wish to be contacted
		no longer .. {want}
		no longer .. interested
		no longer .. {get}
		rather not .. {get}
		not {get} any more
		not be contacted
		want .. to stop
		want .. {off} .. off
		want to be removed
		want to be taken off
		want to unsubscribe
		want to opt out
		want to cancel .. subscription
		want to cancel .. {msg}
		like to unsubscribe
		like to opt out
		like to be removed
		like to cancel .. {msg}
		wish to unsubscribe
		wish to opt out
		wish to stop
		want out
		i want off
		i am out
		im out
		count me out
		unsubscribe me
		unsubscribe my
		unsubscribe from
		unsubscribe this {num}
		opt me out
		opting out
		i opt out
		remove me
		remove this {num}
		remove my {num}
		remove .. from .. {list}
		{off} me off
		{off} my {num} off
		{off} my name off
		{off} this {num} off
		{off} my {num} .. {list}
		delete me from
		delete my {num}
		delete this {num}
		erase my {num}
		lose my {num}
		lose this {num}
		forget my {num}
		off your .. {list}
		off this .. {list}
		off the .. {list}
		leave me alone
		leave me be
		leave us alone
		leave me in peace
		go away
		f off
		fuck off
		fuck you
		piss off
		sod off
		bugger off
		get lost
		do one |
		back off
		shut up
		knock it off
		cut it out
		give it a rest
		pack it in
		no more .. {msg}
		no more |
		^ no {msg} $
		^ no {msg} please
		^ not another {msg}
		make it stop
		make this stop
		make them stop
		said stop
		say stop
		texted stop
		told you to stop
		told you .. stop
		asked you to stop
		asked .. to be removed
		already .. stop
		already unsubscribed
		already opted out
		i unsubscribed
		sick of .. {msg}
		sick of .. {send}
		sick of this
		tired of .. {msg}
		tired of .. {send}
		fed up .. {msg}
		fed up .. {send}
		fed up of
		fed up with
		sick and tired
		cease and desist
		withdraw .. consent
		revoke .. consent
		revoke .. permission
		revoke my
		do not consent
		dont consent
		no consent
		i object to
		dont have .. permission
		do not have .. permission
		stop using my number
		switch .. off these
		turn off .. {msg}
		turn these .. off
		take a hint
		stop all
		discontinue .. service
		keep your {msg}
		hate these .. {msg}
		hate your .. {msg}
		blocking this number
		blocking you`,
	maybe: `
		who is this
		who are you
		who dis
		whos this
		whos that
		who this
		who is it
		who am i
		who sent this
		who r u
		who do you think
		wrong number
		wrong person
		wrong guy
		not my number
		have the wrong
		got the wrong
		not interested
		no interest
		not intrested
		uninterested
		aint interested
		couldnt care
		dont care
		do not care
		do i know you
		know who you are
		why are you .. {send}
		why do you .. {send}
		why do i .. {get}
		why am i {get}
		spam
		scam
		is this a joke
		harassment
		harassing
		report you
		reported
		reporting you
		my lawyer
		police
		legal action
		how dare you
		so annoying
		annoying
		too many .. {msg}
		so many .. {msg}
		another {msg}
		unsolicited
		never signed up
		didnt sign up
		did not sign up
		never subscribed
		never gave you
		never asked for
		didnt ask for
		did not ask for
		how .. unsubscribe
		how .. opt out
		how .. stop .. {msg}
		how .. stop this
		can i unsubscribe
		not a customer
		no thanks .. interested
		not for me
		im good thanks
		i blocked
		blocked`,
	rights: `
		delete .. my .. {data}
		delete my .. {data}
		erase .. my .. {data}
		remove .. my {data}
		remove .. my personal
		destroy my {data}
		delete everything .. about me
		delete all .. about me
		delete everything .. have on me
		erase me
		erase everything
		forget me
		what .. {data} .. you .. {have}
		what {data} .. {have}
		what {data} .. hold
		what .. you know about me
		what do you have on me
		what .. {have} .. about me
		which {data} .. {have}
		who gave you my
		who gave you this
		where did you get my
		where did u get my
		where did you find my
		where .. get my {num}
		how did you get my
		how did u get my
		how did you get this {num}
		how do you have my {num}
		how come you have my
		why do you have my
		copy of my .. {data}
		copy of .. my data
		access .. my .. data
		see my {data}
		see .. {data} .. about me
		send me my data
		send me .. {data} .. about me
		download my data
		correct my {data}
		change my {data}
		gdpr
		data protection
		right to be forgotten
		right to erasure
		subject access
		sar request
		dsar
		my personal data
		sold my {num}
		sold my {data}
		bought my {num}
		close my account`,
	refuse: `
		^ no .. thanks
		^ no .. thank you
		^ no i dont
		^ no dont
		^ no way
		^ i dont want to $
		^ i dont {want} it $
		^ absolutely not
		^ certainly not
		^ of course not
		^ not now
		^ not today
		not confirm
		dont confirm
		not agree
		dont agree
		disagree
		not accept
		dont accept
		not yes
		^ i refuse
		^ i decline
		^ i said no
		^ id rather not
		^ rather not
		^ no need
		^ hell no`,
	benign: `
		bus stop*
		tram stop*
		train stop*
		metro stop*
		tube stop*
		next stop
		last stop
		first stop
		taxi stop
		your stop
		which stop
		what stop
		does .. stop
		do you stop
		do they stop
		do the .. stop
		doesnt stop
		bus .. stop
		train .. stop
		tram .. stop
		coach .. stop
		line .. stop
		stop near
		stop nearby
		stop by
		stop over
		stop off
		stop in the
		stop in front
		stop outside
		stop at
		stop shop
		stop sign
		stop motion
		stop watch
		stop watch*
		stop loss
		stop gap
		pit stop
		rest stop
		non stop
		full stop
		one stop
		hard stop
		door stop
		back stop
		gear stop
		cant stop
		can not stop
		cannot stop
		dont stop
		do not stop
		dont ever stop
		dont you stop
		dont you dare stop
		dont you ever stop
		please keep
		dont .. stop sending
		never stop
		wont stop
		didnt stop
		not stop
		without stop*
		dont remove me
		dont unsubscribe
		do not unsubscribe
		did not unsubscribe
		didnt unsubscribe
		did not opt out
		dont opt me out
		not opt out
		the end
		in the end
		weekend
		fine thanks
		fine thank
		fine by me
		fine with me
		thats fine
		that is fine
		im fine
		its fine
		all fine
		ok fine
		fine ok
		all the time
		all day
		all week
		all night
		every day
		every week
		every month
		every time
		every hour
		^ no problem
		no idea`,
}
