using FedHe.Crypto.Errors;

namespace FedHe.TorchSharp.Errors;

/// <summary>
/// A module exception refuses a module that cannot take part in a federation, or that does not fit a layout. It names the entry
/// and says what to do, and contains no value.
/// </summary>
public sealed class ModuleException : HeException
{
    internal ModuleException(ModuleError error, string? entry, string message)
        : base(message)
    {
        Error = error;
        Entry = entry;
    }

    /// <summary>The reason for the refusal.</summary>
    public ModuleError Error { get; }

    /// <summary>The name of the entry, as in the module's <c>state_dict</c>, or null when the module as a whole is refused.</summary>
    public string? Entry { get; }
}
