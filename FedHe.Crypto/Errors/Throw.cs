using System.Diagnostics.CodeAnalysis;

namespace FedHe.Crypto.Errors;

/// <summary>The only place that words an error of this assembly.</summary>
internal static class Throw
{
    [DoesNotReturn]
    public static void ParametersMismatch()
        => throw new HeMismatchException("The objects belong to different parameters. Use one parameter set throughout.");

    [DoesNotReturn]
    public static void KeyMismatch()
        => throw new HeMismatchException("The vector is encrypted under another key. Every party of a job must use the job's key.");

    [DoesNotReturn]
    public static void LengthMismatch(int expected, int actual)
        => throw new HeMismatchException($"A vector of {expected} values was expected, this one has {actual}.");

    [DoesNotReturn]
    public static void LevelMismatch()
        => throw new HeMismatchException("The vectors are at different levels. Rescale all of them or none.");

    [DoesNotReturn]
    public static void SumExceedsCapacity(long remainingWeight)
        => throw new HeCapacityException(
            $"The sum might not fit the modulus: this vector could be added with a weight of at most {remainingWeight}. " +
            "Use smaller weights, a smaller value bound, fewer scaling bits or a larger modulus.",
            remainingWeight);

    [DoesNotReturn]
    public static void ValuesExceedCapacity()
        => throw new HeCapacityException(
            "Values of the declared bound do not fit the modulus at this scale. " +
            "Use a smaller bound, fewer scaling bits or a larger modulus.");

    [DoesNotReturn]
    public static void PublicKeyNoiseNotPlanned()
        => throw new HeCapacityException(
            "These parameters are planned for uploads under the secret key and have no room for the noise of public-key " +
            "encryption. Use the secret key, or parameters planned for public-key traffic.");

    [DoesNotReturn]
    public static void SumWithoutLowBits()
        => throw new HeMismatchException(
            "The vector is a sum that left out low bits: added to anything it would no longer be exact. Add the whole sum.");

    [DoesNotReturn]
    public static void NoLevelLeft()
        => throw new HeCapacityException(
            "The vector has no multiplicative level left. Weigh by integers, or use parameters of depth 1 and rescale only once.");

    [DoesNotReturn]
    public static void PublicationExceedsCapacity(int possibleBits)
        => throw new HeCapacityException(possibleBits > 0
            ? $"These parameters can publish this vector with at most {possibleBits} bits of precision without revealing the key."
            : "These parameters cannot publish this vector without revealing the key. Use more scaling bits and a second prime.");

    [DoesNotReturn]
    public static void VectorTooLong()
        => throw new ArgumentException("The vector does not fit one array. Split the model into several vectors.");

    [DoesNotReturn]
    public static void AccumulatorComplete()
        => throw new InvalidOperationException("The sum is complete. Create a new accumulator.");

    [DoesNotReturn]
    public static void AccumulatorEmpty()
        => throw new InvalidOperationException("Nothing was added to the sum yet.");

    [DoesNotReturn]
    public static void WrongScheme(string expected)
        => throw new HeParameterException(
            ParameterError.WrongScheme, $"The parameters belong to another scheme; '{expected}' parameters are needed here.");
}
