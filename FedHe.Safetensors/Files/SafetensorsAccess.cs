namespace FedHe.Safetensors.Files;

/// <summary>The ways to read a file.</summary>
public enum SafetensorsAccess
{
    /// <summary>The file is read range by range. It may lie on a network, and nothing happens to the process where it shrinks.</summary>
    Streamed = 0,

    /// <summary>
    /// The file is mapped into memory, so that processes that read it share its pages. Nobody may shorten it meanwhile: on Unix that
    /// ends the process.
    /// </summary>
    Mapped = 1,
}
