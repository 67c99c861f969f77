using System.Globalization;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Sensitivity;

namespace FedHe.MLBridge.Errors;

/// <summary>
/// The error messages of this assembly, except the fixed ones in exception types. Callers write <c>throw Throw.X()</c>.
/// </summary>
internal static class Throw
{
    public static HeMismatchException ImpossibleAverage()
        => new(
            "The decrypted values exceed what any average of values within their bounds can be: the aggregate was changed, " +
            "overflowed, or belongs to another key. Discard it.");

    public static ArgumentException UnknownTensor(string name, string parameter)
        => new($"The layout has no tensor '{name}'.", parameter);

    public static ArgumentException BufferHasNoOffset(string name, string parameter)
        => new($"Tensor '{name}' is a buffer or local, and not part of the flat vector.", parameter);

    public static ArgumentException WrongElementType(string tensor, Type type, string parameter)
        => new($"Tensor '{tensor}' does not hold elements of type {type.Name}.", parameter);

    public static ArgumentException WrongElementCount(string tensor, long expected, int actual, string parameter)
        => new($"Tensor '{tensor}' has {expected} elements, not {actual}.", parameter);

    public static TooLongForMemoryException ModelTooLong(long count)
        => new(
            $"The model has {count} values, and what was asked for keeps a number for each of them in one array, of at most {Array.MaxLength}. " +
            "Models of this length are given by ranges, as an IFlatModel, and received by an IFlatModelWriter; sensitivities, optimizers, squeezes and integer updates are for shorter ones.");

    public static TooLongForMemoryException TensorTooLong(string tensor)
        => new(
            $"Tensor '{tensor}' has more elements than an array can have, {Array.MaxLength}. " +
            "Divide it into several tensors, or give its values by ranges, as an IFlatModel, and receive them by an IFlatModelWriter.");

    public static TooLongForMemoryException EncodingTooLong(long length)
        => new($"The encoding has {length} bytes, more than an array can have. Write it to a stream, and read it from one.");

    public static TooLongForMemoryException MaskTooLong()
        => new("The mask has too many separate runs for a model of this length: its bytes would be longer than 1 GiB. Choose whole tensors or layers.");

    public static InvalidOperationException PartTooLong(int length, int room)
        => new($"A sum of a segment has {length} bytes, and the file of the sum has room for {room}. The scheme must state at least the bytes that its ciphertexts take.");

    public static TooLongForMemoryException TooManySegments()
        => new("The model has more segments under these parameters than can be counted in 31 bits. Choose parameters with more values in a ciphertext.");

    public static ArgumentException WrongShape(string tensor, string parameter)
        => new($"The given shape is not the shape of tensor '{tensor}'.", parameter);

    public static InvalidOperationException TensorNotSet(string tensor)
        => new($"Tensor '{tensor}' was not set. Set every tensor of the layout, buffers included.");

    public static ArgumentException WrongFlatLength(long expected, string parameter)
        => new($"The flat vector of this layout has {expected} values.", parameter);

    public static ArgumentException WrongFlatRange(long length, string parameter)
        => new($"The range does not lie within the flat vector of this layout, which has {length} values.", parameter);

    public static InvalidOperationException ModelFileIncomplete(long expected, long written)
        => new($"The model has {expected} values, and {written} were written. Write all of them before the file is completed.");

    public static ArgumentException StreamNotSeekable(string parameter)
        => new("The stream must be readable and seekable, because it is read more than once.", parameter);

    public static InvalidOperationException UnplannedLength()
        => new("The encryptor makes vectors of another length than its form plans. Correct its Form, or the context's lengths.");

    public static HeMismatchException ContextOfSeveralParameters()
        => new("The public context's evaluator or reader belongs to other parameters than the context. Its scheme is wrong.");

    public static HeMismatchException EncryptorOfOtherParameters()
        => new("The encryptor belongs to other parameters than the context. Create it from the same context.");

    public static ArgumentException WrongPartLength(long expected)
        => new($"This part of the flat vector has {expected} values under the mask. Pass a span of this length.");

    public static ArgumentException AverageIsNotANumber(string parameter)
        => new("An average is not a number (NaN).", parameter);

    public static ArgumentOutOfRangeException UndefinedChoice(string parameter)
        => new(parameter, "The value is not defined in its enumeration.");

    public static ArgumentException NotMoments()
        => new("The moments do not belong to this optimizer: their lengths differ from its own, or a moment is not finite or negative where it cannot be.");

    public static HeCapacityException MarksDrownInNoise()
        => new("The noise of the average is too large compared with the marks to tell whose positions are right. Agree upon parameters of higher precision, or larger weights.");

    public static ArgumentException SqueezeDoesNotFit(string parameter)
        => new("Let at most as many values travel as the model has, and encrypt all of them: leave the mask out.", parameter);

    public static ArgumentOutOfRangeException ControlBoundOutOfRange(string parameter)
        => new(parameter, "The bound of control differences must be positive, and normal in single precision.");

    public static ArgumentOutOfRangeException GlobalStepOutOfRange(string parameter)
        => new(parameter, "The global step size must be positive and finite.");

    public static ArgumentOutOfRangeException TotalStepOutOfRange(string parameter)
        => new(parameter, "The sum of the step sizes of all local steps must be positive and finite.");

    public static ArgumentException NotASensitivity(string parameter)
        => new("A sensitivity must be finite and not negative. Check the gradients that the map was computed from.", parameter);

    public static ArgumentException SensitivityIsZero(string parameter)
        => new("A sensitivity map of zeros ranks nothing. Check the gradients that the map was computed from.", parameter);

    public static PlanRefusedException SensitivityTooCoarse()
        => new(
            PlanError.PrecisionBelowRequired,
            $"The sum of this many sensitivity maps would be exact only with fewer than {SensitivityTerms.LeastBits} bits. " +
            "Use fewer clients or parameters of higher precision, or choose a mask that needs no sensitivity.");

    public static HeMismatchException NotSensitivityTerms()
        => new("The terms do not belong to sensitivity maps of this model. All parties must use the same layout.");

    public static HeCapacityException SensitivityDrownsInNoise()
        => new("The error of the summed sensitivity maps reaches half a step, so parties might select different masks. " +
            "Plan the sum for the actual number of clients and form of upload.");

    public static HeCapacityException SensitivityVanishes()
        => new("The summed sensitivity maps are zero: every client's share of the largest weight is too small. " +
            "Agree upon a smaller largest weight.");

    public static InvalidOperationException PolicyNeedsSensitivity()
        => new("This policy ranks parameters by sensitivity. Agree upon a global sensitivity first, or choose whole layers.");

    public static ArgumentException PolicySelectsNothing()
        => new("The policy selects no parameter of this model, so every update would travel in clear. Choose another policy.");

    public static ArgumentException NotALayerName(string parameter)
        => new("Name at least one layer. A name must not begin or end with a space or contain '|', '(', ')' or ','.", parameter);

    public static ArgumentException UnknownLayer(string name, string parameter)
        => new($"The layout has no tensor and no layer '{name}'.", parameter);

    public static ArgumentException NothingSelected(string parameter)
        => new($"The names select no floating tensor. To encrypt nothing, use {nameof(EncryptionMask.InsecureNone)}.", parameter);

    public static ArgumentException InvalidClientId(int maxLength, string parameter)
        => new($"A client's name must have 1 to {maxLength} ASCII letters, digits, dots, hyphens and underscores.", parameter);

    public static HeMismatchException LayoutMismatch()
        => new("The model has another layout. All parties must use the same names, shapes, types and bounds.");

    public static HeMismatchException MaskOfAnotherLayout()
        => new("The encryption mask was made for another layout. Make it for the layout of the terms.");

    public static HeMismatchException AggregateUnderOtherTerms()
        => new("The aggregate was made under other terms. All parties must use the same layout, mask and weighting.");

    public static HeCapacityException TotalWeightTooLarge(long remaining)
        => new($"The total weight would exceed its limit: at most {remaining} can still be added. Use smaller weights.", remaining);

    public static HeCapacityException HiddenWeightsDrownInNoise()
        => new("The sum of the hidden weights is too small compared with the noise to divide by. " +
            "Agree upon a smaller largest weight, or parameters of higher precision.");

    public static InvalidOperationException NothingFoldedIn()
        => new("No update has been folded in yet. Fold at least one in first.");

    public static InvalidOperationException SumInMemory()
        => new("The sum is in memory, and knows the slots of its updates alone. Keep it in a file to ask for more.");

    public static InvalidOperationException UpdatePending()
        => new("The sum has a part of an update whose process ended. Fold that update in to its end first, with the same bytes.");

    public static InvalidOperationException AggregationComplete()
        => new("The aggregation is complete. Create a new aggregator.");

    public static PlanRefusedException HiddenWeightsNeedFullMask()
        => new(
            PlanError.HiddenWeightsNeedFullMask,
            "Hidden weights need a mask that encrypts every value, because the clear ones would reveal the weight. " +
            "Encrypt everything, or let the weights travel in clear.");

    public static PlanRefusedException WeightsExceedCapacity(long maxTotalWeight)
        => new(
            PlanError.WeightsExceedCapacity,
            maxTotalWeight > 0
                ? $"The sum might not fit the modulus: these clients can have a total weight of at most {maxTotalWeight}. " +
                    "Use smaller weights, fewer scaling bits or a larger modulus."
                : "The sum might not fit the modulus, however small the weights. " +
                    "Use fewer clients, fewer scaling bits or a larger modulus.",
            maxTotalWeight);

    public static PlanRefusedException PrecisionBelowRequired(double actual, double required)
        => new(
            PlanError.PrecisionBelowRequired,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The averages would have {Math.Max(0, actual):F1} bits of precision, but {required:F1} are required. ") +
            "Use more scaling bits, larger weights, or a smaller largest weight where weights are hidden.");

    public static ArgumentException WrongSegmentCount(int expected)
        => new($"An update under these terms has {expected} segments. Pass one vector for each.");

    public static HeMismatchException NotAFreshSegment(int index)
        => new($"The vector of segment {index} is not a fresh encryption of its values under the job's parameters and one key. " +
            "Encrypt exactly the values of the segment, for magnitude 1, and compute nothing on the vector.");

    public static ArgumentException ClearValueOutOfRange(string parameter)
        => new("Values in clear must be finite and in [-1, 1]: divide each by its tensor's bound.", parameter);

    public static ArgumentException OtherTensors(string parameter)
        => new("The layout has other tensors than the model: names, element types or shapes differ, or their order does.", parameter);

    public static ArgumentException RankTooLarge(string pair, string parameter)
        => new($"Adapter '{pair}' has a larger rank than the layout that it is to be carried into. Choose the largest rank of all clients for the job.", parameter);

    public static ArgumentException OtherAdapters(string parameter)
        => new("The models have other adapters: names, inputs, outputs or element types differ. Only ranks may.", parameter);

    public static ArgumentException WrongWeightCount(string parameter)
        => new("Pass one weight for each model, and at least one model. Weights are positive.", parameter);
}
