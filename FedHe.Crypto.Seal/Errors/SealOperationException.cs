using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Seal.Errors;

/// <summary>
/// A SEAL operation exception reports an unexpected failure of Microsoft SEAL, such as a lack of memory or a build that
/// FedHe does not know.
/// </summary>
public sealed class SealOperationException : HeException
{
    /// <summary>Creates an exception for a failed operation.</summary>
    /// <param name="operation">The operation that SEAL was asked for, as a verb.</param>
    /// <param name="code">The HRESULT that SEAL returned.</param>
    public SealOperationException(string operation, int code)
        : base($"Microsoft SEAL failed to {operation} (0x{code:X8}).")
    {
        Code = code;
    }

    /// <summary>The HRESULT that SEAL returned.</summary>
    public int Code { get; }
}
