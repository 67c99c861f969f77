namespace FedHe.Crypto.Errors;

/// <summary>
/// This class words the errors of the assembly that no exception type words by itself. Callers write <c>throw
/// Throw.…</c>.
/// </summary>
internal static class Throw
{
    public static HeMismatchException ParametersMismatch()
        => new("The objects belong to different parameters. Use one parameter set throughout.");

    public static HeMismatchException KeyMismatch()
        => new("The vector is encrypted under another key. Every party of a job must use the job's key.");

    public static HeMismatchException LengthMismatch(int expected, int actual)
        => new($"A vector of {expected} values was expected, this one has {actual}.");

    public static HeMismatchException LevelMismatch()
        => new("The vectors are at different levels. Rescale all of them or none.");

    public static HeCapacityException SumExceedsCapacity(long remainingWeight)
        => new(
            $"The sum might not fit the modulus: this vector could be added with a weight of at most {remainingWeight}. " +
            "Use smaller weights, a smaller value bound, fewer scaling bits or a larger modulus.",
            remainingWeight);

    public static HeCapacityException ValuesExceedCapacity()
        => new(
            "Values of the declared bound do not fit the modulus at this scale. " +
            "Use a smaller bound, fewer scaling bits or a larger modulus.");

    public static HeCapacityException PublicKeyNoiseNotPlanned()
        => new(
            "These parameters are planned for uploads under the secret key and have no room for the noise of public-key " +
            "encryption. Use the secret key, or parameters planned for public-key traffic.");

    public static HeMismatchException SumWithoutLowBits()
        => new(
            "The vector is a sum that left out low bits: added to anything it would no longer be exact. Add the whole sum.");

    public static HeCapacityException NoLevelLeft()
        => new(
            "The vector has no multiplicative level left. Weigh by integers, or use parameters of depth 1 and rescale only once.");

    public static HeCapacityException PublicationExceedsCapacity(int possibleBits)
        => new(possibleBits > 0
            ? $"These parameters can publish this vector with at most {possibleBits} bits of precision without revealing the key."
            : "These parameters cannot publish this vector without revealing the key. Use more scaling bits and a second prime.");

    public static ArgumentException VectorTooLong()
        => new("The vector does not fit one array. Split the model into several vectors.");

    public static InvalidOperationException FloodingWithoutNoise()
        => new("The flooding noise is zero and would hide nothing. Compute it with NoiseFlooding.For.");

    public static HeRandomnessException KernelRandomnessUnavailable(Exception? failure)
        => new("The operating system gives no random bytes. Make /dev/urandom readable for this process, also in a container.", failure);

    public static HeRandomnessException KernelRandomnessRepeats()
        => new("/dev/urandom gives the same bytes twice. It must be the device of the operating system, not a file in its place.");

    public static InvalidOperationException AccumulatorComplete()
        => new("The sum is complete. Create a new accumulator.");

    public static InvalidOperationException AccumulatorEmpty()
        => new("Nothing was added to the sum yet.");

    public static HeParameterException WrongScheme(string expected)
        => new(
            ParameterError.WrongScheme, $"The parameters belong to another scheme; '{expected}' parameters are needed here.");
}
