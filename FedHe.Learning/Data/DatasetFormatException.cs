namespace FedHe.Learning.Data;

/// <summary>A data file is missing, damaged or not of a known format. The message names the file, what is wrong and
/// what to do.</summary>
public sealed class DatasetFormatException : Exception
{
    /// <summary>Makes the exception without details.</summary>
    public DatasetFormatException()
        : this("The data cannot be read.")
    {
    }

    /// <summary>Makes the exception with a message.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public DatasetFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with a message and its cause.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public DatasetFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal static DatasetFormatException In(string path, string problem) => new($"{Path.GetFileName(path)}: {problem}");
}
