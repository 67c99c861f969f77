using System.Numerics;

namespace FedHe.Learning.Data.Digits;

/// <summary>The digit strokes are curves in a box from (0, 0) at the top left to (1, 1), from which each digit is
/// drawn.</summary>
internal static class DigitStrokes
{
    private static readonly string[] Variants =
    [
        // Every variant: the digit, then strokes of points "x,y"; points of a stroke are joined by a smooth curve.
        "0 50,5 22,18 14,50 22,82 50,96 78,82 86,50 78,18 50,5",
        "0 58,6 32,14 20,45 28,80 48,94 70,78 78,45 70,16 52,7",
        "1 52,4 51,35 50,65 49,96",
        "1 32,24 44,14 54,4 53,50 52,96",
        "1 34,22 46,14 54,4 53,50 52,95 | 30,96 50,95 72,95",
        "2 18,24 32,8 56,5 76,20 74,42 52,64 18,94 50,93 84,94",
        "2 20,26 34,8 60,6 76,24 66,48 40,72 24,88 20,78 34,74 56,88 84,90",
        "3 20,12 46,4 72,14 72,34 46,47 72,58 80,76 60,94 34,95 16,84",
        "3 20,6 50,5 78,6 62,26 46,42 70,50 80,70 62,92 36,95 18,84",
        "4 32,6 24,32 18,56 50,57 86,54 | 66,28 64,60 62,96",
        "4 62,6 40,32 14,64 50,65 88,63 | 64,8 64,50 63,96",
        "5 78,6 52,6 28,8 26,24 24,44 48,38 74,48 80,68 66,90 40,96 18,86",
        "5 26,8 25,26 24,44 46,38 70,46 78,66 64,90 40,96 18,88 | 26,8 52,7 80,5",
        "6 70,6 44,18 26,44 20,70 34,92 58,94 76,78 70,58 48,52 26,64",
        "6 60,4 38,26 24,56 28,84 50,95 72,84 74,62 54,54 32,66",
        "7 16,10 48,9 82,8 66,40 52,66 42,96",
        "7 18,14 50,10 80,8 68,36 56,64 48,96 | 38,52 58,50 80,49",
        "8 70,18 48,5 28,16 34,36 56,50 76,68 70,90 46,96 24,86 26,66 50,48 70,34 70,18",
        "8 50,48 28,36 28,14 50,4 72,14 72,36 50,48 24,64 24,86 50,96 76,86 76,64 50,48",
        "9 74,26 56,6 32,12 22,34 36,52 60,46 74,26 72,54 66,78 58,96",
        "9 76,20 54,5 30,14 24,38 44,50 66,42 76,20 76,50 72,78 50,95 28,88",
    ];

    /// <summary>Loads the variants of each digit, where a variant lists its strokes as control points.</summary>
    public static ILookup<int, Vector2[][]> Load() => Variants.ToLookup(
        text => text[0] - '0',
        text => text[2..].Split('|', StringSplitOptions.TrimEntries).Select(ParseStroke).ToArray());

    private static Vector2[] ParseStroke(string text) =>
    [
        .. text.Split(' ').Select(point => point.Split(','))
            .Select(pair => new Vector2(ParseHundredths(pair[0]), ParseHundredths(pair[1]))),
    ];

    private static float ParseHundredths(string text) =>
        int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) / 100f;
}
