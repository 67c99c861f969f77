namespace FedHe.Crypto.Seal.Errors;

/// <summary>The one named reason why Microsoft SEAL cannot be used.</summary>
public enum SealLibraryError
{
    /// <summary>There is no library at the given path, or in any of the usual places.</summary>
    NotFound = 1,

    /// <summary>
    /// There is a file, but the operating system does not load it: another architecture, or a library it needs is
    /// missing.
    /// </summary>
    NotLoadable,

    /// <summary>The library lacks functions of SEAL's C interface.</summary>
    NotSeal,

    /// <summary>The library is of a version that is not supported.</summary>
    VersionNotSupported,

    /// <summary>This process uses another library already; it can use only one.</summary>
    AnotherInUse,
}
