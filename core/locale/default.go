package locale

// Default are the translations that the functions of the package are about.
var Default Translations

// LoadTranslations is Default.LoadTranslations.
func LoadTranslations(directory string) error { return Default.LoadTranslations(directory) }

// LoadGettextTranslations is Default.LoadGettextTranslations.
func LoadGettextTranslations(directory, domain string) error {
	return Default.LoadGettextTranslations(directory, domain)
}

// SetDefaultLocale is Default.SetDefaultLocale.
func SetDefaultLocale(code string) { Default.SetDefaultLocale(code) }

// GetSupportedLocales is Default.GetSupportedLocales.
func GetSupportedLocales() []string { return Default.GetSupportedLocales() }

// Get is Default.Get.
func Get(codes ...string) *Locale { return Default.Get(codes...) }

// GetBrowserLocale is Default.GetBrowserLocale.
func GetBrowserLocale(acceptLanguage, defaultCode string) *Locale {
	return Default.GetBrowserLocale(acceptLanguage, defaultCode)
}
