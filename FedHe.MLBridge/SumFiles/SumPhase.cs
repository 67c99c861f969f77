namespace FedHe.MLBridge.SumFiles;

/// <summary>What is being done with the sum in a file. The numeric values are part of its format.</summary>
internal enum SumPhase : byte
{
    /// <summary>Updates are folded in.</summary>
    Open = 1,

    /// <summary>Nothing is folded in any more, and the parts are compressed one after the other.</summary>
    Completing = 2,

    /// <summary>The sum is the aggregate.</summary>
    Complete = 3,

    /// <summary>A saved sum is copied to the file, which is no sum until the copy is whole.</summary>
    Filling = 4,
}
