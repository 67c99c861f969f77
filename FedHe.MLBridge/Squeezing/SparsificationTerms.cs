using System.Diagnostics.CodeAnalysis;

namespace FedHe.MLBridge.Squeezing;

/// <summary>
/// Sparsification terms say how many values of a difference travel in a round, and how they are chosen: the largest that are to be expected
/// from what holders of the key opened so far, and a rotating share of those that have waited longest.
/// </summary>
/// <remarks>
/// A client keeps what does not travel, and adds it to its next difference. Source: Tang, Yu, Lian, Zhang and Liu, "DoubleSqueeze: Parallel
/// Stochastic Gradient Descent with Double-Pass Error-Compensated Compression", ICML 2019; <see cref="SqueezePass"/> says what is different here.
/// </remarks>
public sealed record SparsificationTerms
{
    /// <summary>Creates sparsification terms.</summary>
    /// <param name="count">The number k of values that travel in every round, positive; at most the number of values of the model.</param>
    /// <param name="rotatingCount">
    /// The number of them that are chosen by waiting time alone, 1 to <paramref name="count"/>; 0 for a quarter of them, at least 1.
    /// </param>
    /// <param name="warmUpRounds">The number of first sums in which all of them are chosen by waiting time, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public SparsificationTerms(int count, int rotatingCount = 0, int warmUpRounds = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(rotatingCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rotatingCount, count);
        ArgumentOutOfRangeException.ThrowIfNegative(warmUpRounds);
        Count = count;
        RotatingCount = rotatingCount > 0 ? rotatingCount : Math.Max(1, count / 4);
        WarmUpRounds = warmUpRounds;
    }

    /// <summary>The number k of values that travel in every round.</summary>
    public int Count { get; }

    /// <summary>
    /// The number of values of a round that are chosen by waiting time alone, so that every value of a model of n travels at least once in
    /// n / <see cref="RotatingCount"/> rounds, rounded up.
    /// </summary>
    public int RotatingCount { get; }

    /// <summary>The number of first sums in which all values are chosen by waiting time.</summary>
    public int WarmUpRounds { get; }

    /// <summary>Creates terms from numbers that were read, or returns false where they are out of range.</summary>
    /// <param name="count">The number of values that travel in every round.</param>
    /// <param name="rotatingCount">The number of them that are chosen by waiting time alone, positive.</param>
    /// <param name="warmUpRounds">The number of first sums in which all of them are.</param>
    /// <param name="terms">The terms.</param>
    public static bool TryCreate(int count, int rotatingCount, int warmUpRounds, [NotNullWhen(true)] out SparsificationTerms? terms)
    {
        bool isValid = count >= 1 && rotatingCount >= 1 && rotatingCount <= count && warmUpRounds >= 0;
        terms = isValid ? new SparsificationTerms(count, rotatingCount, warmUpRounds) : null;
        return isValid;
    }
}
