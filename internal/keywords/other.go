package keywords

// Languages of which we know the words, not yet the phrases.
var (
	portuguese = language{
		code:    "pt",
		any:     `parar, sair, remover, cancelar subscrição`,
		whole:   `fim, cancelar, basta, chega`,
		help:    `ajuda, info`,
		confirm: `sim, confirmo, aceito`,
		decline: `não, nao, não obrigado, não obrigada`,
		filler:  `por, favor, obrigado, obrigada, mensagens, de, as, os`,
		polite:  `por, favor, obrigado, obrigada`,
		negate:  `não, nao, nunca, nenhuma, nenhum`,
		without: `sem, exceto`,
		hedge:   `talvez, acho, se, mas, provavelmente`,
	}
	romanian = language{
		code:    "ro",
		any:     `dezabonare, dezabonează, renunț`,
		whole:   `oprește, anulare, gata`,
		help:    `ajutor, info`,
		confirm: `da, confirm, accept`,
		decline: `nu, nu mulțumesc`,
		filler:  `vă, rog, te, mulțumesc, mesaje, mesajele`,
		polite:  `vă, rog, te, mulțumesc`,
		negate:  `nu, nicio, niciun, niciodată`,
		without: `fără`,
		hedge:   `poate, cred, dacă, dar, probabil`,
	}
	greek = language{
		code:    "el",
		any:     `διαγραφή, διακοπή, diagrafi`,
		whole:   `τέλος, σταματήστε`,
		help:    `βοήθεια, info`,
		confirm: `ναι, nai, επιβεβαιώνω`,
		decline: `όχι, oxi`,
		filler:  `παρακαλώ, ευχαριστώ, parakalo, efharisto`,
		polite:  `παρακαλώ, ευχαριστώ, parakalo, efharisto`,
		negate:  `όχι, oxi, δεν, μην`,
		without: `χωρίς`,
		hedge:   `ίσως, νομίζω, αν, αλλά, μάλλον`,
	}
)
