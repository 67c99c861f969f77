using FedHe.Crypto.Errors;
using FedHe.Orchestration.Errors;
using FedHe.TorchSharp.State;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Errors;

/// <summary>The error messages of this assembly. Callers write <c>throw Throw.X()</c>.</summary>
internal static class Throw
{
    public static ArgumentOutOfRangeException WrongRange(long length, string parameter)
        => new(parameter, $"The range does not lie within the flat vector of {length} values.");

    public static ModuleException ElementTypeNotSupported(string entry, ScalarType type)
        => new(
            ModuleError.ElementTypeNotSupported,
            entry,
            $"'{entry}' holds elements of the type {type}, which cannot be averaged. Only Float32, Float64, Float16 and BFloat16 can: " +
            "convert it, or keep it out of the module's parameters.");

    public static ModuleException NotDense(string entry)
        => new(
            ModuleError.NotDense,
            entry,
            $"'{entry}' is sparse or lies on the device 'meta'. Make it dense (to_dense) and give it values (to a real device) first.");

    public static CorrectionMissingException LoopDoesNotCorrect()
        => new(
            "The job follows SCAFFOLD, and the loop of the ModuleTrainer takes no CorrectedSteps. Write the loop as a CorrectedModuleTraining, and have it call steps.Correct behind backward in every step.");

    public static CorrectionMissingException LoopCorrectedNoStep()
        => new("The job follows SCAFFOLD, and the training loop corrected no step. Call steps.Correct with the learning rate behind backward, before every step of the optimizer.");

    public static InvalidOperationException LoopHasEnded()
        => new("The steps of a training end with its loop. Correct gradients within the loop that got the steps.");

    public static ModuleException PartlyShared(string entry, string other)
        => new(
            ModuleError.PartlyShared,
            entry,
            $"'{entry}' and '{other}' share memory, but not all of it in the same order, so that loading one would change the other. " +
            "Give one of them a copy (clone), or tie them by registering one parameter twice.");

    public static ModuleException SharedWithin(string entry)
        => new(
            ModuleError.PartlyShared,
            entry,
            $"Several elements of '{entry}' share memory, as expand makes them. Give it memory of its own (clone).");

    public static ModuleException FrozenNotDecided(string entry)
        => new(
            ModuleError.FrozenNotDecided,
            entry,
            $"'{entry}' is frozen (requires_grad is false). Say in {nameof(ModuleLayoutOptions)}.{nameof(ModuleLayoutOptions.Frozen)} whether " +
            $"frozen parameters stay with the client, which then must be equal at all clients, or travel.");

    public static ModuleException NothingTravels()
        => new(
            ModuleError.NothingTravels,
            entry: null,
            "No entry of the module travels. A federation needs at least one floating parameter; let frozen parameters or buffers travel, " +
            "or unfreeze one.");

    public static ModuleException BoundNotHeld(string entry, ScalarType type)
        => new(
            ModuleError.BoundNotHeld,
            entry,
            $"The bound of '{entry}' must be positive, finite and within the element type {type} of the module and the one that travels. " +
            "Choose a smaller bound for it.");

    public static ModuleException TooLarge(string entry)
        => new(ModuleError.TooLarge, entry, $"'{entry}' is larger than 2 GiB. Divide it into several parameters.");

    public static ModuleException UnknownEntry(string entry)
        => new(
            ModuleError.UnknownEntry,
            entry,
            $"There is a bound for '{entry}', but no entry of this name travels. Correct the name as in the module's state_dict.");

    public static ModuleException LocalUnknownEntry(string entry)
        => new(
            ModuleError.UnknownEntry,
            entry,
            $"'{entry}' is to stay with its client, but no entry and no layer has this name. Correct the name as in the module's state_dict.");

    public static ModuleException LocalTied(string entry, string other)
        => new(
            ModuleError.PartlyShared,
            entry,
            $"'{entry}' is to stay with its client, but shares its memory with '{other}', which travels. Keep both local, or neither.");

    public static ModuleException EntryMissing(string entry)
        => new(
            ModuleError.EntryMissing, entry, $"The module has no '{entry}', which the layout has. Use the module that the layout was made of.");

    public static ModuleException ShapeDiffers(string entry)
        => new(
            ModuleError.EntryDiffers, entry, $"'{entry}' has another shape than in the layout. Use the module that the layout was made of.");

    public static ModuleException NoLongerTied(string entry, string other)
        => new(
            ModuleError.EntryDiffers,
            entry,
            $"'{entry}' no longer shares the memory of '{other}', as it did when the layout was made. Tie them again, or make a new layout.");

    public static ModuleException ValueNotHeld(string entry, ScalarType type)
        => new(
            ModuleError.ValueNotHeld,
            entry,
            $"A value of '{entry}' is too large for the module's type {type}. Load values within their bounds, or convert the module to Float32.");

    public static ModuleException RemembersRecords(string buffer)
        => new(
            ModuleError.RemembersRecords,
            buffer,
            $"The loss of a record changed '{buffer}', so that the gradients of later records depend on it and no clip bounds what it does. Compute the loss without changing the module.");

    public static ArgumentException TermsNotForRecords(string parameter)
        => new("The privacy terms protect whole clients. Gradients of single records are clipped under terms for records.", parameter);

    public static ArgumentException GridTooCoarse(int logClipUnits, int parameters, string parameter)
        => new(
            $"2^{logClipUnits} units a clip norm are too few for {parameters} parameters: rounding alone could take more than half of the clip norm. Plan the job with a finer grid.",
            parameter);

    public static ArgumentException RecordNumbers(string parameter)
        => new("Give every record a number of its own, at least 0.", parameter);

    public static InvalidOperationException NoJobOfGradients()
        => new($"This trainer adds up gradients of records, and the job has no privacy terms for that. Use {nameof(Training.ModuleTrainer<nn.Module>)}.");

    public static HeMismatchException LayoutMismatch()
        => new("The model has another layout than the module. All parties must use the same names, shapes, types and bounds.");

    public static ArgumentOutOfRangeException UndefinedChoice(string parameter)
        => new(parameter, "The value is not defined in its enumeration.");

    public static ArgumentException NotAFloatingType(string parameter)
        => new("Only floating element types travel: Float32, Float64, Float16 or BFloat16.", parameter);

    public static InvalidOperationException TrainsAlready()
        => new("The module is in training already. Await a training before the next one, and give every client a module of its own.");

    public static ArgumentException LossNotScalar(string parameter)
        => new("Only a single number can be differentiated. Sum the loss or take its mean first.", parameter);

    public static ArgumentException NoSamples(string parameter)
        => new("There must be at least one sample, and as many labels as samples.", parameter);

    public static ArgumentException LabelOutOfRange(string parameter)
        => new("Every label must be a class index: at least 0, and below the number of classes.", parameter);

    public static ArgumentException WrongLogits(int classes)
        => new(
            $"For one sample the module must return one row of {classes} numbers, one for each entry of the label vector. For sequences, " +
            "make every predicted token a sample.");

    public static ArgumentException WrongLength(int expected, string parameter)
        => new($"The span must have {expected} elements.", parameter);
}
