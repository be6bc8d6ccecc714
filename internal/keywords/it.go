package keywords

var italian = language{
	code: "it",
	any: `cancellami, cancellatemi, disiscrivi, disiscrivimi, disiscrivetemi, disiscrizione, disiscrivermi, disiscriviti, disiscrizioni, revoca, revoco, non inviare,
		toglimi, toglietemi, rimuovimi, rimuovetemi, eliminami, eliminatemi, disdico`,
	whole: `cancella, cancellare, cancellazione, cancellarmi, fine, basta, annulla, annullare, esci, uscire, smettila, smettetela, smetti, smettete, finitela, piantatela,
		piantala, finiscila, togli, togliere, rimuovi, rimuovere, elimina, disdetta, disdire, disattiva, disattivare, disattivate, blocca, bloccate, ferma, fermatevi, interrompi,
		interrompere, interrompete, mai più, addio, chiudi, sospendi, sospendete, termina, niente più, non più, ora basta, lasciami stare, fermate`,
	help:    `aiuto, assistenza, aiutami, aiutatemi, ho bisogno di aiuto, mi serve aiuto, vorrei informazioni, informazioni, serve aiuto`,
	start:   `riattiva, riprendi`,
	confirm: `si, sì, confermo, conferma, accetto, iscrivimi, acconsento, confermato, sono d'accordo, sì lo voglio, do il consenso, confermare, iscrivetemi`,
	decline: `no, no grazie, rifiuto, non confermo, non accetto, mai, assolutamente no, nemmeno per sogno, declino, negativo, nono`,
	nearYes: `ok, okay, va bene, certo, certamente, perché no, volentieri, d'accordo, bene, perfetto, magari, forse, come no, ovvio, dai, vabbè, vabbene, ottimo, bello, certo che sì, ci sto`,

	filler: `grazie, grz, grazie mille, mille, per, favore, perfavore, x, xfavore, fav, prego, piacere, cortesia, gentilmente, cortesemente, messaggi, messaggio, msg, messaggini, sms,
		pubblicità, pubblicita, pubblicitari, pubblicitarie, promozioni, promozionali, promo, spam, notifiche, newsletter, comunicazioni, comunicazione, commerciali, con, gli, i, le, la, il, lo, questi, queste,
		questo, questa, sti, ste, sta, vostri, vostre, tuoi, di, dei, delle, da, dai, dal, dalla, dalle, ai, alle, alla, al, a, ora, adesso, subito, immediatamente, davvero, veramente, già,
		ho, detto, dico, vi, ti, mi, me, ciao, salve, buongiorno, buonasera, buonasera, così, cosi, e, ed, anche, scusate, scusi, ragazzi, servizio, iscrizione, lista, numero, mio, vostro, email, mail,
		invio, invii, inviare, mandare, scrivere, scrivermi, mandarmi, inviarmi, chiamare, chiamarmi, telefonate, rompere, ormai, sempre, una, volta, tutte, per sempre, offerte, offerta, dal servizio, dio, cavolo, cazzo, che, palle, ripeto, prego, vorrei, voglio, allora, o`,
	polite: `grazie, mille, per, favore, perfavore, x, prego, confermo, accetto, voglio, lo, la, mia, iscrizione, l, certo, va, bene, volentieri, d, accordo, anche, io, ciao, salve, buongiorno,
		buonasera, vorrei, ok, molto, e, alle, offerte, le, il, consenso, acconsento, mi, iscrivo, certamente, assolutamente, di, gentilmente, perfetto`,
	all:   `tutto, tutti, tutta, tutte, ovunque, dappertutto, totalmente, completamente, definitivamente, ogni cosa, qualsiasi, tutti i canali`,
	ask:   `come, se, perché, perche, xche, xké, xke, quando, cosa, quale, quali, quanto, quanti, dove, posso, devo, qualora, finché, finche, che succede`,
	modal: `potete, potreste, puoi, potresti, può, potrebbe, favore, perfavore, prego, cortesia, volete, vuoi, vorreste`,
	topic: `scontrino, scontrini, codice, carta, tessera, ordine, ordini, pacco, consegna, fattura, buono, coupon, punti, password, wifi, rimborso, reso, negozio, taglia,
		prezzo, scarpe, vestito, appuntamento, prenotazione, premio, borsa, catalogo, pagamento, autobus, treno, corriere, spedizione, saldi, misura, colore, cassa`,
	program: `attiva, attivare, attivazione, attivo, fedeltà, fedelta, tessera, la, il, lo, le, un, una, mia, mio, nuova, codice, numero, num, nr, n, no, è, e, di, con, per, vorrei, voglio, ricevere,
		vostre, vostra, richiedo, richiesta, registra, registrare, registro, scontrino, gratis, punti, ecco, ciao, salve, buongiorno, grazie, favore, avere, iscrivimi, iscrivermi, alle, alla, anche, mandatemi, al, ricevuta`,

	negate:  `no, non, nn, niente, nessun, nessuna, nessuno, nulla, né, mai, nemmeno, neanche, neppure, zero, nono, rifiuto, rifiuta, rifiutate, rifiutata`,
	without: `senza, tranne, eccetto, escluse, esclusa, esclusi, escluso, salvo`,
	wish:    `altro, voglio, vorrei, desidero, accetto, autorizzo, interessa, interessano, interessato, interessata, servono, serve, bisogno, ricevere, però, ma, invece, altre, altra, nessuna, alcuna, assolutamente, proprio`,
	hedge:   `forse, magari, credo, penso, probabilmente, direi, suppongo, immagino, presumo, eventualmente, vediamo, vedremo, mah, boh, bo, può darsi, dipende, se, ma, però, quasi, tipo, non so`,

	sets: map[string]string{
		"non":   `non, nn, niente, nessun, nessuna, mai`,
		"send":  `scrivere, scrivermi, scriverci, scrivetemi, scriveteci, scrivete, scrivi, scrivimi, scriva, inviare, inviarmi, inviatemi, inviate, invia, inviami, invii, inviateci, mandare, mandarmi, mandatemi, mandate, manda, mandami, mandateci, mandi, contattare, contattarmi, contattatemi, contattate, contattateci, contattami, disturbare, disturbarmi, disturbate, disturbatemi, chiamare, chiamarmi, chiamatemi, chiamate, chiami, telefonare, telefonarmi, telefonatemi, messaggiare, messaggiarmi, rompere, rompermi, rompete, rompetemi, scocciare, scocciate, tempestare, tempestarmi, importunare, importunatemi, infastidire, assillare, assillarmi, spammare, tartassare`,
		"imper": `scrivetemi, scriveteci, scrivermi, scrivete, scrivi, scrivimi, scriva, scriverci, inviatemi, inviate, inviarmi, inviateci, inviami, invii, mandatemi, mandate, mandarmi, mandateci, mandami, mandi, contattatemi, contattate, contattarmi, contattateci, contattare, contattatelo, disturbatemi, disturbate, disturbarmi, disturbare, chiamatemi, chiamate, chiamarmi, chiamateci, chiami, telefonatemi, telefonate, telefonarmi, rompetemi, rompete, rompermi, importunatemi, messaggiatemi, cercatemi, cercarmi`,
		"msg":   `messaggi, messaggio, messaggini, msg, sms, pubblicità, promozioni, promozione, promo, spam, notifiche, newsletter, comunicazioni, offerte, offerta, email, mail, telefonate, chiamate, proposte, sconti, volantini, cose, roba, marketing, avvisi, notizie, novità, aggiornamenti, vostri, vostro, vostre`,
		"cease": `smettere, smetterla, smettetela, smettete, smettila, smetti, smetta, finitela, finirla, finiscila, piantatela, piantala, piantarla, cessate, cessare, basta, interrompere, interrompete, interrompi, bloccare, bloccate, fermare, fermate, sospendere, sospendete, disattivare, disattivate, disattiva, disattivatemi, stop, stoppare, stoppate, annullare, annullate, terminare, disdire, disdico, eliminare, togliere, evitate, evitare, chiudete`,
		"off":   `cancellare, cancellarmi, cancellatemi, cancellate, cancellami, cancella, togliere, togliermi, toglietemi, togliete, toglimi, togli, toglieteci, rimuovere, rimuovermi, rimuovetemi, rimuovete, rimuovimi, rimuovi, eliminare, eliminarmi, eliminatemi, eliminate, eliminami, depennatemi, depennare, levatemi, levate, levare, levami, escludetemi, escludere`,
		"list":  `lista, liste, elenco, elenchi, rubrica, database, mailing, indirizzario, contatti, sistema, newsletter, servizio, promozioni, archivi, archivio, iscrizione, iscritti`,
		"num":   `numero, num, cell, cellulare, telefono, recapito, contatto, nominativo, nome`,
		"want":  `voglio, vogliamo, vorrei, desidero, desideriamo, intendo, gradisco, accetto, autorizzo`,
		"get":   `ricevere, riceverne, riceverli, riceverle, avere, essere, vedere, sentire, saperne, leggere`,
		"data":  `dati, informazioni, profilo, account, dato`,
		"more":  `più, piu, mai`,
	},
	refusal: `
		{non} .. {imper} più
		{non} .. {imper} .. più
		{non} .. {imper} .. {msg}
		non {imper}
		non mi {imper}
		non ci {imper}
		nn {imper}
		nn mi {imper}
		non .. mi .. {send} .. più
		non mi {send}
		non dovete .. {send}
		non dovete più
		non voglio che mi .. scriv*
		non voglio che mi .. mand*
		non voglio che mi .. contatt*
		non .. autorizzo .. {send}
		non {want} più
		non {want} .. {get}
		non {want} {msg}
		non {want} .. {msg}
		nn {want} .. {get}
		nn {want} .. {msg}
		nn {want} più
		non {want} essere .. contattat*
		non {want} essere .. disturbat*
		preferirei non {get}
		preferisco non {get}
		non {get} più
		non ricevere
		non inviare
		non inviatemi
		non disturbare
		non .. interessano .. {msg}
		niente più {msg}
		niente {msg}
		nessun .. {msg}
		^ no {msg} $
		^ no {msg} grazie
		^ no più {msg}
		mai più |
		^ mai più
		^ non più $
		{cease} di .. {send}
		{cease} di .. {msg}
		{cease} con .. {msg}
		{cease} .. {send}
		{cease} .. {msg}
		{cease} .. invio
		{cease} .. iscrizione
		{cease} .. servizio
		{cease} .. l iscrizione
		{cease} .. abbonamento
		^ {cease} |
		basta con
		| basta |
		e basta |
		ora basta |
		adesso basta
		basta davvero
		basta scrivermi
		basta mi avete
		basta avete
		basta non
		basta vi prego
		detto basta
		dico basta
		detto stop
		scritto stop
		mandato stop
		detto di smettere
		detto di no .. {msg}
		smetterla
		volete finir*
		la finite
		mi cancelli
		| {cease} |
		smettetela
		finitela
		piantatela
		{off} .. dalla .. {list}
		{off} .. dalle .. {list}
		{off} .. dal .. {list}
		{off} .. dall .. {list}
		{off} .. dai .. {list}
		{off} .. da .. {list}
		{off} .. da tutto
		{off} il mio {num}
		{off} .. questo {num}
		{off} mio {num}
		{off} la mia iscrizione
		{off} l iscrizione
		{off} la mia .. mail
		voglio {off} |
		voglio cancellarmi
		vorrei cancellarmi
		vorrei essere cancell*
		vorrei essere rimoss*
		vorrei essere tolt*
		voglio essere cancell*
		voglio essere rimoss*
		voglio essere tolt*
		desidero cancellarmi
		desidero essere cancell*
		chiedo .. cancellazione .. dal
		chiedo .. cancellazione .. dalla
		chiedo di non
		chiedo di essere cancell*
		chiedo di essere rimoss*
		chiedo la cancellazione |
		richiedo la cancellazione |
		cancellatemi
		cancellami
		toglietemi
		toglimi
		rimuovetemi
		rimuovimi
		eliminatemi
		eliminami
		depennatemi
		levatemi
		disiscrivetemi
		disiscrivimi
		disiscriv* subito
		voglio disiscriv*
		vorrei disiscriv*
		desidero disiscriv*
		intendo disiscriv*
		chiedo .. disiscrizione
		richiedo .. disiscrizione
		disattivate
		dimenticate .. {num}
		dimenticatevi di me
		perdete .. {num}
		scordatevi .. {num}
		lasciatemi in pace
		lasciami in pace
		lasciateci in pace
		lasciatemi stare
		lasciami stare
		lasciatemi tranquill*
		lasciateci stare
		lasciatemi perdere
		andate a quel paese
		vaffanculo
		fanculo
		vaffa
		affanculo
		andatevene
		sparite
		sparisci
		levatevi
		non rompete
		non rompere
		avete rotto
		hai rotto
		mi avete rotto
		mi avete stancato
		mi avete stufato
		mi avete scocciato
		avete stancato
		avete stufato
		sono stufo
		sono stufa
		sono stanco di .. {msg}
		sono stanca di .. {msg}
		stanco di ricevere
		stanca di ricevere
		stufo di ricevere
		stufa di ricevere
		non ne posso più
		non se ne può più
		non .. posso più di .. {msg}
		che palle
		due palle
		rinuncio
		recesso dal
		revoco .. consenso
		revoco .. autorizzazione
		revoco l
		ritiro .. consenso
		revoca .. consenso
		mi oppongo
		nego .. consenso
		non do .. consenso
		non acconsento
		opposizione al .. marketing
		posso non ricevere
		potete .. smettere
		potreste .. smettere
		potete .. evitare
		potreste evitare
		potete non {send}
		potete {off}
		potreste {off}
		esco dal
		voglio uscire
		vorrei uscire
		tutto stop
		stop tutto
		stop {msg}
		stop agli {msg}
		stop ai {msg}
		stop alle {msg}
		stop alla {msg}`,
	maybe: `
		chi sei
		chi siete
		chi è
		chi e |
		chi scrive
		chi parla
		chi cazzo
		ma chi
		con chi parlo
		non vi conosco
		non so chi
		non ti conosco
		vi conosco
		ci conosciamo
		numero sbagliato
		numero errato
		sbagliato numero
		sbagliato persona
		persona sbagliata
		avete sbagliato
		hai sbagliato
		ha sbagliato
		non sono io
		non sono la persona
		non mi interess*
		nn mi interess*
		non interess*
		non sono interess*
		nn sono interess*
		nessun interesse
		non me ne frega
		non me ne importa
		chi se ne frega
		nessuno vi ha
		nessuno ha chiesto
		mai chiesto
		non ho .. chiesto
		mai iscritt*
		non mi sono .. iscritt*
		non ho mai dato
		non vi ho .. autorizzat*
		perché mi scriv*
		perché mi mandate
		perché mi arrivano
		perché ricevo
		perché continuate
		continuate a
		spam
		truffa
		molestia
		molestie
		stalking
		denuncio
		denuncia
		querela
		avvocato
		garante
		polizia
		troppi {msg}
		troppe {msg}
		troppi
		ancora {msg}
		ancora voi
		che fastidio
		fastidio
		fastidiosi
		invadenti
		insistenti
		bloccato
		vi blocco
		blocco il numero
		segnalo
		segnalato
		come .. disiscriv*
		come .. cancell*
		come si fa a non
		come faccio a non
		come faccio per non
		non ricevere più
		ma basta
		non sono un cliente
		non sono cliente`,
	rights: `
		{off} .. i miei {data}
		{off} .. miei {data}
		{off} .. mio {data}
		{off} tutti i .. {data}
		{off} .. i {data}
		{off} .. dati personali
		cancellazione .. {data}
		eliminazione .. {data}
		rimozione .. {data}
		distruggete .. {data}
		che {data} avete
		quali {data} avete
		quali {data}
		che dati
		cosa sapete di me
		cosa avete su di me
		che informazioni avete
		chi vi ha dato
		chi ti ha dato
		chi vi ha fornito
		chi ha dato
		dove avete preso
		dove hai preso
		dove avete trovato
		dove avete avuto
		come avete avuto
		come avete preso
		come avete fatto ad avere
		come fate ad avere
		come avete ottenuto
		da chi avete
		copia dei .. dati
		accesso ai .. dati
		accedere ai .. dati
		vedere i miei dati
		conoscere i .. dati
		rettifica .. dati
		correggere i .. dati
		modificare i .. dati
		modifica .. dati
		gdpr
		diritto all oblio
		oblio
		miei dati
		dati personali
		privacy
		cancellate tutto quello che
		cancellate il mio profilo
		cancellate il mio account
		venduto il mio
		venduto i miei`,
	refuse: `
		^ no .. grazie
		^ no non
		^ no assolutamente
		^ no mai
		non confermo
		nn confermo
		non accetto
		nn accetto
		non voglio |
		^ nn voglio
		non acconsento
		non sono d accordo
		non do il consenso
		non desidero |
		per niente
		neanche per
		nemmeno per
		grazie ma no
		^ meglio di no
		^ direi di no
		^ preferisco di no
		^ ho detto no
		^ anche no
		^ no nessun`,
	benign: `
		fine settimana
		fine mese
		fine anno
		fine stagione
		fine giornata
		fine serie
		fine saldi
		a fine
		alla fine
		in fine
		la fine del
		fine del
		fine della
		fine turno
		lieto fine
		buon fine
		il fine
		basta mostrare
		basta presentare
		basta il
		basta la
		basta lo
		basta un
		basta una
		basta solo
		basta che
		basta dire
		basta avere
		basta inviare un
		basta inviare il
		basta inviare la
		basta inviare carta
		basta scrivere un
		basta scrivere il
		basta scrivere carta
		mi basta
		mi bastano
		vi basta
		ti basta
		non basta
		nn basta
		non mi basta
		bastano
		abbastanza
		quanto basta
		non stop
		nonstop
		pit stop
		no stop
		non cancellatemi
		non cancellate
		non cancellare
		non cancellarmi
		non toglietemi
		non rimuovetemi
		non eliminatemi
		non smettete
		non smettetela
		non smettere
		non fermatevi
		non disattivate
		non disiscriv*
		non interrompete
		non perdete
		tutti i giorni
		tutto il giorno
		tutto il tempo
		tutte le volte
		tutte le settimane
		tutti i mesi
		annulla ordine
		annulla l ordine
		annullare l ordine
		annullare un
		annullare il
		annulla il
		cancella l ordine
		uscire con
		esci con
		ferma davanti
		si ferma
		fate stop
		tutto ok
		tutto bene
		e tutto |`,
}
