namespace FedHe.Learning.Data;

/// <summary>The exception for a data file that is missing, damaged or of no known format; its message names the file, the
/// fault and the remedy.</summary>
public sealed class DatasetFormatException : Exception
{
    /// <summary>Creates the exception without details.</summary>
    public DatasetFormatException()
        : this("The data cannot be read.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public DatasetFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and its cause.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public DatasetFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal static DatasetFormatException In(string path, string problem) => new($"{Path.GetFileName(path)}: {problem}");
}
