package keywords

var german = language{
	code: "de",
	any: `stopp, abmelden, abmeldung, abbestellen, abbestellung, austragen, widerruf, widerrufen, widerrufe, keine werbung, abmelde, abbestelle, meldet mich ab, melden sie mich ab, melde mich ab, abgemeldet,
		bestelle ab, trag mich aus, tragt mich aus, tragen sie mich aus, austragung, stoppt, stoppen, stopt, stoppe, keine werbung mehr`,
	whole: `ende, kündigen, kündigung, storno, stornieren, aufhören, hör auf, hört auf, schluss, schluss jetzt, genug, reicht, es reicht, basta, beenden, beende, löschen, lösch mich, löschung, lösche,
		raus, entfernen, entferne, nie wieder, nicht mehr, ruhe, aus, verpiss dich, kündige, jetzt reichts, mir reichts, hau ab, sperren, lasst das, lass das, abbruch, abbrechen, mir reicht es, nichts mehr, halt, weg`,
	help:    `hilfe, hilf mir, helft mir, ich brauche hilfe, brauche hilfe, bitte um hilfe, können sie mir helfen`,
	start:   `fortsetzen, reaktivieren, wieder anmelden`,
	confirm: `ja, bestätigen, bestätige, ich bestätige, anmelden, bestätigt, ich stimme zu, stimme zu, einverstanden, ich bin einverstanden, ja ich will, ich willige ein, zustimmen, ich akzeptiere, akzeptieren, zugestimmt`,
	decline: `nein, nein danke, nee, nö, ne, no, ablehnen, ich lehne ab, lehne ab, abgelehnt, niemals, nie, auf keinen fall, nicht einverstanden, ich bin nicht einverstanden, ich stimme nicht zu, ich bestätige nicht, nein nein, danke nein, lieber nicht, nicht bestätigen`,
	nearYes: `ok, okay, klar, gerne, gern, natürlich, warum nicht, sicher, jo, jep, jup, joa, vielleicht, na klar, na gut, passt, in ordnung, gut, super, prima, selbstverständlich, alles klar, schon, mal sehen, meinetwegen, jawohl, freilich`,

	filler: `bitte, danke, dankeschön, vielen, dank, sofort, jetzt, endlich, mal, doch, nachrichten, nachricht, sms, werbung, newsletter, spam, mails, mail, email, emails, angebote, infos, aktionen, der, die, das, den, dem, des, mit, von, für, zu, an, ihre, ihren, ihrer, eure, euren, eurer, deine, deinen,
		mich, mir, ich, möchte, will, hallo, guten, tag, morgen, abend, moin, servus, diese, diesen, dieser, dieses, alle, alles, dienst, service, abo, abonnement, liste, verteiler, und, umgehend, unverzüglich, hiermit, endgültig, damit, habe, hab, gesagt, sag, sagte, schon, ein, noch, einmal, bloß, nun, leute, ey, mann, verdammt, echt, ab, abonnieren, mehr, bestellung, meine, mein, nummer, werbenachrichten, werbesms, vom, aus`,
	polite: `bitte, danke, sehr, gern, gerne, vielen, dank, dankeschön, ich, bestätige, bestätigen, stimme, zu, will, möchte, das, es, hiermit, die, meine, anmeldung, bin, einverstanden, ok, okay, natürlich, klar, hallo, guten, tag, mich, anmelden, an, melde, sie, den, angebote, selbstverständlich, unbedingt, und, auf, jeden, fall`,
	all:    `alles, alle, überall, komplett, vollständig, sämtliche, allem, allen, gänzlich, generell`,
	ask:    `wie, wenn, warum, wann, was, wo, welche, welcher, welches, wieso, weshalb, falls, ob, wieviel, muss, soll, hält, sobald, wohin, kann ich, fährt, gibt`,
	modal:  `können, könnten, könnt, könntet, kannst, könntest, würden, würdet, bitte, wollt, wollen, würdest`,
	topic: `beleg, bon, kassenbon, kassenzettel, quittung, code, codes, karte, kundenkarte, bestellung, bestellungen, paket, lieferung, rechnung, gutschein, gutscheine, coupon, punkte, passwort, wlan, wifi, rückerstattung, rückgabe, laden, geschäft, filiale,
		größe, preis, schuhe, kleid, termin, reservierung, gewinn, tasche, katalog, zahlung, bus, zug, bahn, straßenbahn, kurier, versand, ware, auftrag, kasse, katalog`,
	program: `aktivieren, aktiviere, aktivierung, kundenkarte, karte, meine, mein, die, der, das, den, ein, eine, neue, code, nummer, nr, no, ist, mit, für, ich, möchte, will, bitte, bekommen, erhalten, ihre, eure, registrieren, anmelden, beleg, hallo, hier, punkte, kostenlos, danke, gratis, zu, an, treue, abonnieren`,

	negate:  `nein, nicht, kein, keine, keinen, keinerlei, nie, niemals, nix, nichts, nee, nö, null, nich`,
	without: `ohne, außer, bis auf`,
	wish:    `anderes, weiteres, will, möchte, brauche, interessiert, interessieren, bitte, aber, weitere, weiteren, andere, etwaige`,
	hedge:   `vielleicht, wahrscheinlich, eventuell, evtl, glaube, denke, wohl, wenn, falls, aber, vermutlich, möglicherweise, mal sehen, kommt drauf an, ich schätze, sofern, fast, bedingt, vlt, vllt, weiß nicht`,

	sets: map[string]string{
		"no":    `keine, kein, keinen, keinerlei, nix, nichts, keiner, null`,
		"send":  `schreiben, schreibt, schreib, schreibe, schicken, schickt, schick, schicke, senden, sendet, send, sende, kontaktieren, kontaktiert, kontaktiere, zusenden, zuschicken, zusendet, zuzusenden, zuzuschicken, anrufen, anruft, anzurufen, anzuschreiben, anschreiben, ruft, rufen, ruf, stören, stört, stör, belästigen, belästigt, belästige, nerven, nervt, nerv, nerve, simsen, texten, textet, melden, meldet, spammen, spammt, zuspammen, bombardieren, bombardiert, mailen, mailt, behelligen, werben`,
		"msg":   `nachrichten, nachricht, sms, werbung, werbenachrichten, werbesms, werbe, newsletter, spam, mails, mail, emails, email, angebote, angebot, infos, informationen, aktionen, promo, promos, promotion, promotions, werbemails, reklame, anrufe, anruf, kontakt, post, mitteilungen, benachrichtigungen, rabatte, zeug, mist, scheiß, scheiss, müll, dreck, kram, texte, belästigung, belästigungen, kontaktaufnahme, zusendungen, zusendung, werbemüll`,
		"cease": `stopp, stop, stoppt, stoppen, stoppe, beenden, beendet, beende, beendigung, einstellen, stellt, hört, hör, hören, aufhören, aufzuhören, schluss, unterlassen, unterlasst, unterlassung, abstellen, kündigen, kündige, genug, lasst, lassen, lass, verschont, verschonen, abbestellen, abbestelle, blockieren, basta, sperren, sperrt, deaktivieren, deaktiviert, unterlasse`,
		"off":   `löschen, löscht, lösch, lösche, entfernen, entfernt, entferne, streichen, streicht, streich, nehmen, nehmt, nimm, austragen, ausgetragen, entfernung, gelöscht, tragen, tragt, trag, abmelden, abgemeldet, gestrichen, schmeißt, schmeisst, werft, kickt, vergesst, vergessen, vergiss`,
		"list":  `liste, listen, verteiler, verteilerliste, datenbank, mailingliste, adressbuch, system, kontakten, kontakte, kontaktliste, newsletter, kartei, verzeichnis, empfängerliste, smsverteiler, werbeverteiler`,
		"num":   `nummer, handynummer, telefonnummer, rufnummer, nr, handy, mobilnummer, kontakt, namen, name, telefon`,
		"want":  `will, möchte, wünsche, wollen, möchten, wünschen, mag, brauche, brauch, benötige, wollte, moechte, mögen`,
		"get":   `erhalten, bekommen, empfangen, kriegen, hören, haben, werden, sehen, lesen, kontaktiert`,
		"data":  `daten, informationen, profil, account, konto, infos, kundenkonto, angaben`,
		"me":    `mich, mir, uns, meine`,
	},
	refusal: `
		{no} .. {msg} mehr
		{no} {msg}
		{no} weiteren {msg}
		{no} weitere {msg}
		{no} .. {msg} .. senden
		{no} .. {msg} .. schicken
		{no} .. {msg} .. {get}
		{no} mehr {send}
		{no} mehr {msg}
		^ nichts mehr
		nichts mehr .. {send}
		{send} .. nichts mehr
		{send} .. {no} .. {msg}
		{send} mir nicht
		{send} {me} nicht
		{send} {me} nie
		{send} {me} nicht mehr
		{send} .. nicht mehr
		{send} .. nie wieder
		{send} sie {me} nicht
		nicht mehr {send}
		nicht mehr .. {send}
		nicht mehr .. {get}
		nicht {get} werden
		nie wieder
		nie mehr
		nicht weiter {send}
		nicht weiter .. {send}
		{want} .. {no} .. {msg}
		{want} nichts mehr
		{want} .. nichts .. {get}
		{want} .. nicht mehr
		{want} das nicht mehr
		{want} .. nicht {get}
		{want} .. nicht .. {send}
		{want} .. {msg} nicht
		{want} {me} .. {off}
		{want} {me} abmelden
		{want} {me} austragen
		{want} {me} .. abmelden
		{want} raus
		{want} hier raus
		{want} .. abbestellen
		{want} .. kündigen
		{want} .. abgemeldet werden
		{want} .. gelöscht werden
		{want} .. entfernt werden
		{want} meine ruhe
		{want} dass .. aufhört
		{want} dass sie aufhören
		ich kündige
		ich widerrufe
		widerrufe .. einwilligung
		widerrufe .. zustimmung
		widerruf .. einwilligung
		widerspreche
		widerspruch gegen
		ziehe .. einwilligung
		ziehe .. zustimmung
		keine einwilligung
		keine zustimmung
		ohne meine zustimmung
		ohne meine einwilligung
		hört .. auf
		hören sie .. auf
		hör .. auf
		hört endlich auf
		stellt .. ein |
		aufhören mit
		aufhören zu
		bitte aufhören
		bitte hört auf
		schluss mit .. {msg}
		schluss mit dem
		schluss mit den
		schluss mit der
		schluss mit diesen
		schluss jetzt
		schluss damit
		jetzt ist schluss
		ist jetzt schluss
		genug .. {msg}
		genug davon
		hab genug
		habe genug
		jetzt reicht
		mir reicht
		mir reichts
		es reicht
		das reicht
		reicht jetzt
		reicht langsam
		{cease} .. {send}
		{cease} .. {msg}
		{cease} das |
		{cease} damit
		{cease} diese
		{cease} den dienst
		{cease} .. abo
		{cease} alles
		| {cease} |
		bitte {off} |
		nix mehr
		spart euch
		spart ihr euch
		bitte {cease} |
		lass mich in ruhe
		lasst mich in ruhe
		lasst mich .. ruhe
		lassen sie mich .. ruhe
		lass uns in ruhe
		lasst uns in ruhe
		lass mich in frieden
		lasst mich in frieden
		lass mich zufrieden
		lasst mich zufrieden
		lass das |
		lasst das |
		lassen sie das
		gebt ruhe
		ruhe jetzt
		haut ab
		hau ab
		verpisst euch
		verpiss dich
		verschwindet
		verschwinde
		zieh leine
		zieht leine
		fick dich
		fickt euch
		leck mich
		leckt mich
		halt die fresse
		halts maul
		haltet die klappe
		geht mir auf
		geht mir nicht auf
		gehen mir auf
		geht sterben
		nervt |
		nervt mich
		nerven |
		ihr nervt
		das nervt
		du nervst
		sie nerven
		nervt nicht
		nicht nerven
		nicht stören
		stört mich nicht
		hört auf zu
		kein bock mehr
		keinen bock mehr
		keine lust mehr
		satt |
		hab es satt
		habs satt
		habe die nase voll
		nase voll
		schnauze voll
		{off} .. mich .. aus .. {list}
		{off} .. mich .. von .. {list}
		{off} .. mich .. vom .. {list}
		{off} .. aus .. {list}
		{off} .. von .. {list}
		{off} .. vom .. {list}
		{off} .. mich |
		{off} mich
		{off} sie mich
		{off} meine {num}
		{off} sie meine {num}
		{off} .. {num}
		{num} .. {off}
		mich .. aus .. {list}
		mich .. vom {list}
		mich .. von der {list}
		mich .. abmelden
		mich .. austragen
		mich abmelden
		mich austragen
		mich ab |
		mich raus
		mich aus dem
		nehmt mich
		nehmen sie mich
		nehmt mich raus
		melde mich ab
		meldet mich ab
		melden sie mich ab
		trag mich aus
		tragt mich aus
		tragen sie mich aus
		bitte abmelden
		bitte austragen
		bitte um abmeldung
		bitte um austragung
		bitte um löschung meiner {num}
		abmelden bitte
		newsletter abbestellen
		abo kündigen
		abo beenden
		abo stornieren
		habe .. stop*
		hab .. stop*
		habe gesagt stop*
		schon .. stop*
		bereits .. stop*
		bereits abgemeldet
		schon abgemeldet
		bereits gekündigt
		verzichte auf
		verschont mich
		unterlassen sie
		unterlasst
		unterlassung
		blockiert mich
		sperrt .. {num}
		stop {msg}
		stopp {msg}
		stopp mit
		stop mit
		stop alles
		stopp alles`,
	maybe: `
		wer ist das
		wer ist da
		wer sind sie
		wer seid ihr
		wer bist du
		wer bistn du
		wer schreibt
		wer zum
		wer da
		kenne ich sie
		kenn ich dich
		kennen wir uns
		kenne sie nicht
		kenne euch nicht
		kenn euch nicht
		kenne dich nicht
		falsche nummer
		falsche handynummer
		nummer ist falsch
		falsch verbunden
		falscher empfänger
		falsche person
		verwählt
		nummer verwechselt
		verwechslung
		verwechselt
		bin ich nicht
		nicht meine nummer
		nicht der richtige
		kein interesse
		keine interesse
		null interesse
		nicht interessiert
		nicht intressiert
		interessiert mich nicht
		interessiert nicht
		interessiert mich null
		desinteresse
		ist mir egal
		juckt mich nicht
		nie angemeldet
		nicht angemeldet
		nie bestellt
		nicht bestellt
		nie zugestimmt
		nicht zugestimmt
		nie eingewilligt
		nie gefragt
		nie erlaubt
		nicht danach gefragt
		warum schreibt
		warum schreiben sie
		warum bekomme ich
		warum kriege ich
		wieso bekomme ich
		wieso schreibt
		was soll das
		was soll der
		spam
		betrug
		abzocke
		belästigung
		anzeige
		anwalt
		polizei
		abmahnung
		verbraucherzentrale
		bundesnetzagentur
		melde euch
		melde sie
		zu viele {msg}
		zu viel {msg}
		so viele {msg}
		schon wieder
		ständig {msg}
		dauernd {msg}
		nervig
		lästig
		blockiert
		blockiere
		wie .. abmelden
		wie .. abbestellen
		wie melde ich mich ab
		wie kann ich .. stoppen
		wie kann ich .. kündigen
		wie kann ich .. austragen
		wie werde ich
		kein kunde
		nicht kunde
		bin kein kunde`,
	rights: `
		{off} .. meine .. {data}
		{off} .. meiner .. {data}
		löschung .. {data}
		{data} .. löschen
		{data} .. gelöscht
		{data} .. entfernen
		konto löschen
		{off} mein {data}
		{off} sie mein {data}
		welche {data}
		welche .. {data} .. mich
		was wissen sie über mich
		was wisst ihr über mich
		was habt ihr über mich
		was haben sie über mich
		was ist über mich gespeichert
		über mich gespeichert
		gespeicherte {data}
		wer hat euch meine
		wer hat ihnen meine
		wer hat dir meine
		wer gab ihnen
		wer gab euch
		von wem habt ihr
		von wem haben sie
		woher habt ihr
		woher haben sie
		woher hast du
		woher hat ihr
		woher kennt ihr
		woher kommt
		wie kommt ihr an
		wie kommen sie an
		wie seid ihr an
		wie sind sie an
		wo habt ihr meine
		wo haben sie meine
		kopie meiner {data}
		auskunft
		datenauskunft
		selbstauskunft
		einsicht in
		meine {data} .. sehen
		meine {data} .. einsehen
		meine {data} .. berichtigen
		meine {data} .. ändern
		meine {data} .. korrigieren
		dsgvo
		gdpr
		datenschutz
		recht auf vergessen
		recht auf löschung
		personenbezogen*
		meine daten
		meiner daten
		verkauft`,
	refuse: `
		^ nein .. danke
		^ nein ich
		^ nein nicht
		^ nein auf keinen
		bestätige nicht
		bestätige das nicht
		stimme nicht zu
		stimme dem nicht zu
		nicht einverstanden
		akzeptiere nicht
		willige nicht ein
		^ ich will nicht |
		^ will nicht |
		^ ich möchte nicht |
		^ möchte nicht |
		^ ich möchte das nicht |
		^ ich will das nicht |
		^ lieber nicht
		^ auf keinen fall
		^ auf gar keinen fall
		^ bestimmt nicht
		^ sicher nicht
		^ natürlich nicht
		^ ich habe nein gesagt
		^ ich sagte nein
		^ danke nein
		^ nie im leben
		^ kommt nicht in frage`,
	benign: `
		bus stopp
		habe keine
		hab keine
		habe .. noch keine
		hab .. noch keine
		haben keine
		hatte keine
		habt ihr keine
		gibt keine
		gibt es keine
		bus stop
		boxen stopp
		zwischen stopp
		zwischenstopp
		tank stopp
		nächster stopp
		nächste stopp
		nonstop
		non stop
		stop motion
		nicht abmelden
		nicht austragen
		nicht löschen
		nicht gelöscht
		nicht aufhören
		nicht stoppen
		nicht stopp*
		hört .. nicht .. auf
		hören sie .. nicht .. auf
		nicht abgemeldet
		nicht abbestellt
		nicht kündigen
		wieder anmelden
		wochenende
		ende des monats
		ende der woche
		ende des jahres
		ende der aktion
		ende des sale
		ende der saison
		ende januar
		ende februar
		ende märz
		ende april
		ende mai
		ende juni
		ende juli
		ende august
		ende september
		ende oktober
		ende november
		ende dezember
		am ende
		bis ende
		zu ende
		monatsende
		das ende
		ende vom
		genug punkte
		genug platz
		groß genug
		gross genug
		noch genug
		genug vorrätig
		nicht genug
		genug auf lager
		reicht das
		reicht der
		reicht die
		reicht es
		reicht ein
		reicht eine
		halt an
		hält der
		alle tage
		jeden tag
		die ganze zeit
		den ganzen tag
		alles gut
		alles klar
		alles in ordnung
		alles ok
		bestellung stornieren
		bestellung kündigen
		auftrag stornieren
		termin stornieren
		kündigung der karte
		bestellung löschen
		ab wann
		nicht widerrufen
		widerrufsrecht
		widerruf der bestellung
		bestellung widerrufen
		kauf widerrufen
		kaufvertrag widerrufen`,
}
