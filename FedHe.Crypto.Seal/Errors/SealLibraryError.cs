namespace FedHe.Crypto.Seal.Errors;

/// <summary>A SEAL library error names the one reason why Microsoft SEAL cannot be used.</summary>
public enum SealLibraryError
{
    /// <summary>No library is at the given path, or in any of the usual places.</summary>
    NotFound = 1,

    /// <summary>
    /// The operating system does not load the file: its architecture differs, or a library that it needs is missing.
    /// </summary>
    NotLoadable,

    /// <summary>The library lacks functions of SEAL's C interface.</summary>
    NotSeal,

    /// <summary>The version of the library is not supported.</summary>
    VersionNotSupported,

    /// <summary>The process already uses another library, and can use only one.</summary>
    AnotherInUse,
}
