package locale

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decode gives data, which is in the named character set, as a string.
func decode(data []byte, charset string) (string, error) {
	charset = strings.ReplaceAll(strings.ToLower(charset), "_", "-")
	switch charset {
	case "", "utf-8", "utf8":
		if line := invalidLine(data); line > 0 {
			return "", fmt.Errorf("line %d is not UTF-8", line)
		}
		return string(data), nil
	case "utf-16", "utf-16le":
		return decodeUTF16(data, binary.LittleEndian)
	case "utf-16be":
		return decodeUTF16(data, binary.BigEndian)
	}
	upper, ok := upperHalves[charset]
	if !ok {
		return "", fmt.Errorf("the character set %q is not known; convert the file to UTF-8", charset)
	}
	return decodeOctets(data, []rune(upper))
}

// decodeOctets decodes a character set of one octet to a character; upper are the
// last of its 256.
func decodeOctets(data []byte, upper []rune) (string, error) {
	var b strings.Builder
	first := 256 - len(upper)
	for i, c := range data {
		r := rune(c)
		if c >= utf8.RuneSelf && int(c) >= first {
			r = upper[int(c)-first]
		}
		if r == utf8.RuneError {
			return "", fmt.Errorf("line %d holds the octet %#x, which stands for nothing", 1+bytes.Count(data[:i], []byte("\n")), c)
		}
		b.WriteRune(r)
	}
	return b.String(), nil
}

// invalidLine is the first line of data that is not UTF-8, or 0.
func invalidLine(data []byte) int {
	if utf8.Valid(data) {
		return 0
	}
	line := 1
	for {
		head := firstLine(data)
		if !utf8.Valid(head) {
			return line
		}
		data = data[len(head):]
		line++
	}
}

func firstLine(data []byte) []byte {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return data[:i+1]
	}
	return data
}

func decodeUTF16(data []byte, order binary.ByteOrder) (string, error) {
	if len(data)%2 != 0 {
		return "", fmt.Errorf("UTF-16 of %d octets: one is missing", len(data))
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units)), nil
}

// decodeCSV decodes by the byte order mark, if there is one, and else as charset
// says.
func decodeCSV(data []byte, charset string) (string, error) {
	for mark, charset := range byteOrderMarks {
		if rest, ok := bytes.CutPrefix(data, []byte(mark)); ok {
			return decode(rest, charset)
		}
	}
	return decode(data, charset)
}

var byteOrderMarks = map[string]string{
	"\xef\xbb\xbf": "utf-8",
	"\xff\xfe":     "utf-16le",
	"\xfe\xff":     "utf-16be",
}

// upperHalves hold, for the character sets that older catalogues are in, the
// characters of the last octets. Those before are as in ISO 8859-1. U+FFFD marks
// octets that stand for nothing.
var upperHalves = map[string]string{
	"us-ascii":   asciiOnly,
	"ascii":      asciiOnly,
	"iso-8859-1": "\u00ff",
	"latin-1":    "\u00ff",
	"latin1":     "\u00ff",
	"iso-8859-2": "\u00a0Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u00adŽŻ°ą˛ł´ľśˇ¸šşťź˝žżŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß" +
		"ŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙",
	"iso-8859-5": "\u00a0ЁЂЃЄЅІЇЈЉЊЋЌ\u00adЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмноп" +
		"рстуфхцчшщъыьэюя№ёђѓєѕіїјљњћќ§ўџ",
	"iso-8859-7": "\u00a0‘’£€₯¦§¨©ͺ«¬\u00ad\ufffd―°±²³΄΅Ά·ΈΉΊ»Ό½ΎΏΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ\ufffdΣΤΥΦΧΨΩΪΫάέήί" +
		"ΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ\ufffd",
	"iso-8859-9": "\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞß" +
		"àáâãäåæçèéêëìíîïğñòóôõö÷øùúûüışÿ",
	"iso-8859-15": "\u00a0¡¢£€¥Š§š©ª«¬\u00ad®¯°±²³Žµ¶·ž¹º»ŒœŸ¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß" +
		"àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
	"windows-1250": "€\ufffd‚\ufffd„…†‡\ufffd‰Š‹ŚŤŽŹ\ufffd‘’“”•–—\ufffd™š›śťžź\u00a0ˇ˘Ł¤Ą¦§¨©Ş«¬\u00ad®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż" +
		"ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙",
	"windows-1251": "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\ufffd™љ›њќћџ\u00a0ЎўЈ¤Ґ¦§Ё©Є«¬\u00ad®Ї°±Ііґµ¶·ё№є»јЅѕї" +
		"АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя",
	"windows-1252": "€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼½¾¿" +
		"ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
	"koi8-r": "─│┌┐└┘├┤┬┴┼▀▄█▌▐░▒▓⌠■∙√≈≤≥\u00a0⌡°²·÷═║╒ё╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡Ё╢╣╤╥╦╧╨╩╪╫╬©" +
		"юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ",
	"koi8-u": "─│┌┐└┘├┤┬┴┼▀▄█▌▐░▒▓⌠■∙√≈≤≥\u00a0⌡°²·÷═║╒ёє╔ії╗╘╙╚╛ґ╝╞╟╠╡ЁЄ╣ІЇ╦╧╨╩╪Ґ╬©" +
		"юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ",
}

var asciiOnly = strings.Repeat("\ufffd", 128)
