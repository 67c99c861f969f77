using TorchSharp;
using static TorchSharp.torch;

namespace TorchFederation.Data;

/// <summary>Sequences of tokens, each most often the sum of the two before it.</summary>
internal static class Sequences
{
    public const int Vocabulary = 12;
    public const int Length = 16;

    public static Samples Generate(int count, int seed)
    {
        var random = new Random(seed);
        var inputs = new long[count * Length];
        var labels = new long[count * Length];
        for (int sample = 0; sample < count; sample++)
        {
            (long before, long last) = (random.Next(Vocabulary), random.Next(Vocabulary));
            for (int position = 0; position < Length; position++)
            {
                bool isRegular = random.NextDouble() < 0.95;
                (before, last) = (last, isRegular ? (before + last) % Vocabulary : random.Next(Vocabulary));
                inputs[(sample * Length) + position] = before;
                labels[(sample * Length) + position] = last;
            }
        }

        return new Samples(tensor(inputs, [count, Length]), tensor(labels, [count, Length]));
    }
}
