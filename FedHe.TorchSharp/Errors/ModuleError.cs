namespace FedHe.TorchSharp.Errors;

/// <summary>The reasons why a module cannot take part in a federation.</summary>
public enum ModuleError
{
    /// <summary>A parameter, or a buffer that is to travel, holds integers, complex or quantized numbers.</summary>
    ElementTypeNotSupported = 1,

    /// <summary>An entry is sparse or has no values in memory (the device "meta").</summary>
    NotDense,

    /// <summary>Two entries share a part of their memory, or all of it although one is to stay; or elements of one entry share memory.</summary>
    PartlyShared,

    /// <summary>A parameter is frozen, and the options do not say whether frozen parameters travel.</summary>
    FrozenNotDecided,

    /// <summary>No entry of the module travels.</summary>
    NothingTravels,

    /// <summary>The element type of an entry does not hold the entry's bound.</summary>
    BoundNotHeld,

    /// <summary>An entry is larger than 2 GiB.</summary>
    TooLarge,

    /// <summary>The options give a bound for an entry that does not travel, or keep an entry that is not there.</summary>
    UnknownEntry,

    /// <summary>The module lacks an entry of the layout.</summary>
    EntryMissing,

    /// <summary>An entry has another shape than in the layout, or no longer shares the memory of another one.</summary>
    EntryDiffers,

    /// <summary>The element type of the module is too small for a value of the model that was to be loaded.</summary>
    ValueNotHeld,

    /// <summary>The loss of a record changed a buffer of the module, so that later records depend on earlier ones.</summary>
    RemembersRecords,
}
