namespace FedHe.TorchSharp.State;

/// <summary>What becomes of an entry of a module in a federation.</summary>
public enum EntryTreatment
{
    /// <summary>The entry travels: it is encrypted, averaged and loaded again.</summary>
    Travels = 0,

    /// <summary>The entry shares the memory of another one (tied weights) and travels with it, once.</summary>
    SharesMemory = 1,

    /// <summary>The entry is a frozen parameter and stays with its client.</summary>
    StaysFrozen = 2,

    /// <summary>The entry is a floating buffer, such as BatchNorm's running mean, and stays with its client.</summary>
    StaysAsBuffer = 3,

    /// <summary>The entry is a buffer of a type that cannot be averaged, such as BatchNorm's counter, and stays with its client.</summary>
    StaysAsNotFloating = 4,

    /// <summary>The entry has no elements.</summary>
    StaysAsEmpty = 5,

    /// <summary>The entry stays with its client because the options name it, or its layer.</summary>
    StaysByChoice = 6,
}
