using TorchSharp;
using static TorchSharp.torch;

namespace TorchFederation.Data;

/// <summary>
/// Sequences of a generated language: a dialect, and then tokens of which each most often follows from the one before it, by a rule that each dialect shifts.
/// </summary>
internal static class Dialects
{
    public const int Words = 12;
    public const int Length = 12;

    /// <summary>The number of dialects; the first is the language of the base model.</summary>
    public const int Count = 4;

    public const int Vocabulary = Words + Count;

    /// <summary>What the loss and the accuracy pass over: the first word, which follows from nothing.</summary>
    public const int Unpredictable = -100;

    private const double Regular = 0.95;

    /// <summary>Generates sequences, of which each position is to predict the next.</summary>
    /// <param name="count">The number of sequences.</param>
    /// <param name="shares">The probability of each dialect.</param>
    /// <param name="seed">The seed.</param>
    public static Samples Generate(int count, ReadOnlySpan<double> shares, int seed)
    {
        var random = new Random(seed);
        var inputs = new long[count * Length];
        var labels = new long[count * Length];
        for (int sample = 0; sample < count; sample++)
        {
            int dialect = Draw(shares, random);
            long word = Words + dialect;
            for (int position = 0; position < Length; position++)
            {
                bool isRegular = position > 0 && random.NextDouble() < Regular;
                long next = isRegular ? ((5 * word) + 3 + (5 * dialect)) % Words : random.Next(Words);
                inputs[(sample * Length) + position] = word;
                labels[(sample * Length) + position] = position == 0 ? Unpredictable : next;
                word = next;
            }
        }

        return new Samples(tensor(inputs, [count, Length]), tensor(labels, [count, Length]));
    }

    private static int Draw(ReadOnlySpan<double> shares, Random random)
    {
        double left = random.NextDouble();
        int dialect = 0;
        while (dialect < shares.Length - 1 && left >= shares[dialect])
        {
            left -= shares[dialect++];
        }

        return dialect;
    }
}
