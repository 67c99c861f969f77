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

    public static ArgumentException NotWholeCiphertexts()
        => new("A range of values must be within the vector, and begin and end with a ciphertext or with the vector.");

    public static HePublicationException PublicationsSpent(long remaining)
        => new(
            "The decryptions that may be published under this key are spent: more would add up to knowledge of the key. " +
            "Generate a new key, or publish sums of exact integers.",
            remaining);

    public static InvalidOperationException FloodingWithoutNoise()
        => new("The flooding noise is zero and would hide nothing. Compute it with NoiseFlooding.For.");

    public static HeRandomnessException KernelRandomnessUnavailable(Exception? failure)
        => new("The operating system gives no random bytes. Make /dev/urandom readable for this process, also in a container.", failure);

    public static HeRandomnessException KernelRandomnessRepeats()
        => new("/dev/urandom gives the same bytes twice. It must be the device of the operating system, not a file in its place.");

    public static InvalidOperationException AccumulatorComplete()
        => new("The sum is complete. Create a new accumulator.");

    public static InvalidOperationException AccumulatorBroken()
        => new("An addition to the sum failed halfway, so that part of a vector is in it. Begin a new sum.");

    public static InvalidOperationException AccumulatorEmpty()
        => new("Nothing was added to the sum yet.");

    public static HeMismatchException TagModulusMismatch()
        => new("The tags, pads, hashes or points belong to another modulus. Use one tag modulus for one content.");

    public static InvalidOperationException LengthNotAsAnnounced()
        => new("The object does not have the announced length. Announce the exact number of bytes that will be written.");

    public static InvalidOperationException HasherIdle()
        => new("The hasher has no points. Begin a range of values first.");

    public static InvalidOperationException HashAfterShortRow()
        => new("Only the last range of a content may end within a row. Split contents at multiples of the row length.");

    public static ArgumentException KeyOutsideBound()
        => new("An integer of the key exceeds the bound of the tag. Tag keys under the bound of their distribution.");

    public static HeParameterException WrongScheme(string expected)
        => new(
            ParameterError.WrongScheme, $"The parameters belong to another scheme; '{expected}' parameters are needed here.");

    public static HeMismatchException NotASumOfFields()
        => new("The vector does not decrypt to sums of values. It was changed, or its sum overflowed: discard it.");

    public static HeParameterException NoKeyAdditivePlan()
        => new(
            ParameterError.PrecisionExceedsModulus,
            "No parameters of key-additive encryption have this precision for this number of contributors. " +
            "Ask for fewer bits, fewer contributors or a larger least factor sum.");

    public static HeMismatchException NotASumOfRoundKeys()
        => new(
            "These coefficients are not the sum of the given number of round keys. Another key, or a changed sum, was decrypted: " +
            "open nothing.");

    public static HeCapacityException RoundKeysNotExact(int contributors)
        => new(
            $"The parameters of the job's scheme cannot add up the round keys of {contributors} contributors exactly. " +
            "Plan them for sums of that many vectors of exact 6-bit integers. In a scheme of real numbers, choose more fractional " +
            "bits, until 64 deviations of the noise of the sum are below 1/256, or fewer contributors, or secret-key encryption.");

    public static HeMismatchException ProtectionFormMismatch()
        => new(
            "The encryptor makes vectors of another form than the protection was made for. Make both for the same kind of key.");

    public static HeMismatchException ContributorsMismatch(int expected, int actual)
        => new($"A sum of {expected} uploads was expected, this one has {actual}.");

    public static HeMismatchException PositionMismatch()
        => new(
            "The vectors stand at different positions of their uploads. Add the first vectors of all uploads, then the second ones, " +
            "and so on.");

    public static HeCapacityException TooManyContributors(int contributors)
        => new($"The parameters are planned for sums of at most {contributors} uploads. Plan them for more contributors.");

    public static HeCapacityException WeightedRoundKeys()
        => new(
            "Uploads under round keys are added with weight 1, because a weighted sum would reveal the keys. " +
            "Multiply the values by their weight before encryption.",
            remainingWeight: 1);

    public static InvalidOperationException RoundKeySpent()
        => new("The round key encrypts one upload only. Generate a fresh key for every upload, also for a repeated one.");

    public static HeParameterException SharingNotSupported(string reason)
        => new(ParameterError.SharingNotSupported, reason);

    public static HeMismatchException SharingMismatch()
        => new("The key and the shares belong to different sharings. Use one committee and one length for all keys of an attempt.");

    public static HeMismatchException ShareOfAnotherMember()
        => new("The share belongs to another member. A sum has shares of one member only.");

    public static HeMismatchException SharesOfOneMember()
        => new("Two shares belong to one member. Combine shares of different members.");

    public static HeMismatchException SharesOfDifferentSums()
        => new("The shares are of sums of different numbers of contributors. Combine the shares of one sum.");

    public static HeCapacityException TooManyShares(int most)
        => new($"A sum of shares has at most {most} contributors, whose keys fit the field.");

    public static HePlatformException KeyExchangeMissing(string exchange)
        => new(
            $"The operating system's cryptographic library lacks {exchange}, which this key exchange needs. Use a system that has it, " +
            "such as one with OpenSSL 3.5, or agree on another key exchange.");

    public static ArgumentException ThresholdRequirementOutOfRange(string name)
        => new(
            "A threshold key needs 2 to 64 parties, of which 2 or more open a sum, 40 to 80 bits of statistical security, and 1 to 2^30 " +
            "openings.",
            name);

    public static HeParameterException NoThresholdPlan()
        => new(
            ParameterError.PrecisionExceedsModulus,
            "Not even one exact integer fits a coefficient beside the noise that hides the key. Use fewer bits, a smaller total weight, " +
            "fewer parties, fewer openings or less statistical security.");

    public static InvalidOperationException KeyGenerationOutOfOrder()
        => new("The steps of a key generation follow each other once: take them in order, and begin a new session for another key.");

    public static HeMismatchException KeyGenerationIncomplete()
        => new(
            "The messages are not one of this step from every party of this session. Begin a new session, and collect one message a party.");

    public static HeMismatchException ChangedOwnMessage()
        => new("A message that is said to come from this party is not the one that it sent. Begin a new session.");

    public static HeMismatchException BrokenCommitment(int party)
        => new($"What party {party} revealed is not what it committed to. Begin a new session without it.");

    public static HeMismatchException ImplausibleContribution(int party)
        => new($"The contribution of party {party} is no random polynomial. Begin a new session without it.");

    public static HeMismatchException ImplausibleSum()
        => new("The contributions add up to no random polynomial. Begin a new session.");

    public static HeMismatchException WrongDeal(int party)
        => new($"The share that came from party {party} is not the one that it announced for this party. Begin a new session.");

    public static HeMismatchException WrongOpeningSet(int threshold)
        => new($"The set must have exactly {threshold} parties of the key, and this one among them.");

    public static HeMismatchException AnsweredBefore()
        => new(
            "A ciphertext of the vector was answered before. A second answer would reveal the key: send the first answer again if it was " +
            "kept, or begin again with fresh encryptions.");

    public static HePublicationException OpeningsSpent(long remaining)
        => new(
            "The ciphertexts that may be opened under this key are spent: more would add up to knowledge of the key. Generate a new key.",
            remaining);

    public static InvalidOperationException SecondLedger()
        => new("The key share has a ledger already. Two ledgers would each allow an answer: use the first one.");

    public static HeMismatchException VectorNotUnderPublicKey()
        => new("Only vectors in full form can be opened, as encryption under the public key makes them.");

    public static HeMismatchException AnswersDoNotFit()
        => new("The answers are not one from each party of one set, for this vector.");

    public static HeMismatchException OpeningOutOfRange()
        => new("The answers do not open the vector to a sum of values. A vector or an answer was changed: discard the opening.");
}
