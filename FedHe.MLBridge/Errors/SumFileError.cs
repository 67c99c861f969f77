namespace FedHe.MLBridge.Errors;

/// <summary>The reasons why a sum cannot be kept in its file.</summary>
public enum SumFileError
{
    /// <summary>There is a file at the path already.</summary>
    AlreadyExists = 1,

    /// <summary>There is no file at the path, or no folder for it.</summary>
    NotFound,

    /// <summary>Another sum uses the file, in this process or in another one.</summary>
    InUse,

    /// <summary>The file is no sum's, or was damaged.</summary>
    Damaged,

    /// <summary>The file has a sum under other parameters, terms or reference weight.</summary>
    OtherSum,

    /// <summary>The disk is full, or a quota is used up.</summary>
    DiskFull,

    /// <summary>The file cannot be read or written for another reason, which the inner exception has.</summary>
    Inaccessible,
}
