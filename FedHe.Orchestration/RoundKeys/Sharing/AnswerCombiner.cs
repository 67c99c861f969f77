using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.Sharing;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>
/// An answer combiner combines the shares of a committee to the sum of the round keys. Where the sum of the first shares is wrong, others are
/// tried, so that wrong shares are passed over as long as enough right ones are there.
/// </summary>
/// <param name="sharing">Combines shares.</param>
/// <param name="inner">Makes sums of round keys.</param>
internal sealed class AnswerCombiner(RoundKeySharing sharing, KeyAdditiveContext inner)
{
    /// <summary>A method that tells whether the tag of a sum of round keys is right.</summary>
    public delegate bool SumCheck(ReadOnlySpan<int> coefficients);

    /// <summary>The parameters of the sharing.</summary>
    public SharingParameters Parameters => sharing.Parameters;

    /// <summary>Returns the sum of the round keys on a list, or null where no set of enough shares gives it.</summary>
    /// <param name="shares">The shares, in the order of their members.</param>
    /// <param name="list">The list.</param>
    /// <param name="attempt">The attempt of the list.</param>
    /// <param name="isRight">Checks a sum.</param>
    public RoundKeySum? TryCombine(IReadOnlyList<KeyShare> shares, ContributorList list, Attempt attempt, SumCheck isRight)
    {
        int[] coefficients = SecretMemory.Allocate<int>(Parameters.Length);
        try
        {
            foreach (KeyShare[] chosen in SubsetsOf(shares, Parameters.Threshold))
            {
                if (sharing.TryCombine(chosen, coefficients) && isRight(coefficients))
                {
                    return inner.CreateKeySum(attempt.PublicSeed, list.Contributors.Length, coefficients.AsSpan());
                }
            }

            return null;
        }
        finally
        {
            SecretMemory.Zero<int>(coefficients);
        }
    }

    /// <summary>Returns all sets of a number of shares, in the order of the members.</summary>
    private static IEnumerable<KeyShare[]> SubsetsOf(IReadOnlyList<KeyShare> shares, int count)
    {
        if (shares.Count < count)
        {
            yield break;
        }

        int[] chosen = [.. Enumerable.Range(0, count)];
        while (true)
        {
            yield return Array.ConvertAll(chosen, index => shares[index]);
            int last = count - 1;
            while (last >= 0 && chosen[last] == shares.Count - count + last)
            {
                last--;
            }

            if (last < 0)
            {
                yield break;
            }

            chosen[last]++;
            for (int i = last + 1; i < count; i++)
            {
                chosen[i] = chosen[i - 1] + 1;
            }
        }
    }
}
