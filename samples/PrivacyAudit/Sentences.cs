using FedHe.Learning.Randomness;

namespace PrivacyAuditSample;

/// <summary>The sentences are made up over a small vocabulary.</summary>
internal static class Sentences
{
    private static readonly string[][] Slots =
    [
        ["the", "a", "every"],
        ["old", "young", "careful", "tired", "famous"],
        ["doctor", "patient", "nurse", "pilot", "teacher", "farmer", "judge"],
        ["sees", "calls", "visits", "writes", "examines", "pays"],
        ["the", "a", "every"],
        ["small", "red", "secret", "broken", "new"],
        ["letter", "house", "record", "bridge", "machine", "garden", "account"],
        ["in", "near", "behind"],
        ["london", "paris", "the", "a"],
        ["today", "again", "alone", "office", "village", "hospital"],
    ];

    /// <summary>The vocabulary lists every word once; a token is a position in the list.</summary>
    public static IReadOnlyList<string> Vocabulary { get; } = [.. Slots.SelectMany(words => words).Distinct()];

    /// <summary>The number of tokens in a sentence.</summary>
    public static int Length => Slots.Length;

    public static IReadOnlyList<IReadOnlyList<int>> Draw(int count, int seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (IReadOnlyList<int>)
            [.. Slots.Select(words => Array.IndexOf([.. Vocabulary], words[random.NextInt32(words.Length)]))])];
    }

    public static string Spell(IEnumerable<int> tokens) => string.Join(' ', tokens.Select(token => Vocabulary[token]));
}
