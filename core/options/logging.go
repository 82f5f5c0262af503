package options

func withLogging(p *OptionParser) *OptionParser { return p }
