package locale

// A Name is what a locale is called.
type Name struct {
	Native  string // by those who speak it
	English string
}

// Names holds what the usual locales are called, by code; whoever offers a choice
// of languages lists them so. A program may add to it before it loads catalogues.
var Names = map[string]Name{
	"af_ZA": {"Afrikaans", "Afrikaans"},
	"am_ET": {"አማርኛ", "Amharic"},
	"ar_AR": {"العربية", "Arabic"},
	"bg_BG": {"Български", "Bulgarian"},
	"bn_IN": {"বাংলা", "Bengali"},
	"bs_BA": {"Bosanski", "Bosnian"},
	"ca_ES": {"Català", "Catalan"},
	"cs_CZ": {"Čeština", "Czech"},
	"cy_GB": {"Cymraeg", "Welsh"},
	"da_DK": {"Dansk", "Danish"},
	"de_DE": {"Deutsch", "German"},
	"el_GR": {"Ελληνικά", "Greek"},
	"en_GB": {"English (UK)", "English (UK)"},
	"en_US": {"English (US)", "English (US)"},
	"es_ES": {"Español (España)", "Spanish (Spain)"},
	"es_LA": {"Español", "Spanish"},
	"et_EE": {"Eesti", "Estonian"},
	"eu_ES": {"Euskara", "Basque"},
	"fa_IR": {"فارسی", "Persian"},
	"fi_FI": {"Suomi", "Finnish"},
	"fr_CA": {"Français (Canada)", "French (Canada)"},
	"fr_FR": {"Français", "French"},
	"ga_IE": {"Gaeilge", "Irish"},
	"gl_ES": {"Galego", "Galician"},
	"he_IL": {"עברית", "Hebrew"},
	"hi_IN": {"हिन्दी", "Hindi"},
	"hr_HR": {"Hrvatski", "Croatian"},
	"hu_HU": {"Magyar", "Hungarian"},
	"id_ID": {"Bahasa Indonesia", "Indonesian"},
	"is_IS": {"Íslenska", "Icelandic"},
	"it_IT": {"Italiano", "Italian"},
	"ja_JP": {"日本語", "Japanese"},
	"ko_KR": {"한국어", "Korean"},
	"lt_LT": {"Lietuvių", "Lithuanian"},
	"lv_LV": {"Latviešu", "Latvian"},
	"mk_MK": {"Македонски", "Macedonian"},
	"ml_IN": {"മലയാളം", "Malayalam"},
	"ms_MY": {"Bahasa Melayu", "Malay"},
	"nb_NO": {"Norsk (bokmål)", "Norwegian (bokmål)"},
	"nl_NL": {"Nederlands", "Dutch"},
	"nn_NO": {"Norsk (nynorsk)", "Norwegian (nynorsk)"},
	"pa_IN": {"ਪੰਜਾਬੀ", "Punjabi"},
	"pl_PL": {"Polski", "Polish"},
	"pt_BR": {"Português (Brasil)", "Portuguese (Brazil)"},
	"pt_PT": {"Português (Portugal)", "Portuguese (Portugal)"},
	"ro_RO": {"Română", "Romanian"},
	"ru_RU": {"Русский", "Russian"},
	"sk_SK": {"Slovenčina", "Slovak"},
	"sl_SI": {"Slovenščina", "Slovenian"},
	"sq_AL": {"Shqip", "Albanian"},
	"sr_RS": {"Српски", "Serbian"},
	"sv_SE": {"Svenska", "Swedish"},
	"sw_KE": {"Kiswahili", "Swahili"},
	"ta_IN": {"தமிழ்", "Tamil"},
	"te_IN": {"తెలుగు", "Telugu"},
	"th_TH": {"ภาษาไทย", "Thai"},
	"tl_PH": {"Filipino", "Filipino"},
	"tr_TR": {"Türkçe", "Turkish"},
	"uk_UA": {"Українська", "Ukrainian"},
	"vi_VN": {"Tiếng Việt", "Vietnamese"},
	"zh_CN": {"中文(简体)", "Chinese (Simplified)"},
	"zh_TW": {"中文(繁體)", "Chinese (Traditional)"},
}

// homes are the territories that languages come from of which Names has several.
var homes = map[string]string{
	"en": "en_US",
	"es": "es_ES",
	"fr": "fr_FR",
	"pt": "pt_PT",
	"zh": "zh_CN",
}

// homeOf gives the locale of a language where it comes from; empty if unknown.
func homeOf(language string) string {
	if home, ok := homes[language]; ok {
		return home
	}
	for code := range Names {
		if len(code) > 2 && code[:2] == language {
			return code
		}
	}
	return ""
}
