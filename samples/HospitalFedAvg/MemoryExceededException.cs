using System.Globalization;

namespace HospitalFedAvg;

/// <summary>The exception for a run that needs more memory than the process may use.</summary>
internal sealed class MemoryExceededException : Exception
{
    public const string Remedy = "Use a smaller --model, fewer --clients or fewer columns of data, or allow the process more memory.";

    public MemoryExceededException()
        : this(string.Create(
            CultureInfo.InvariantCulture,
            $"Out of memory: the run needs more than the {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20} MiB that this process may use. {Remedy}"))
    {
    }

    public MemoryExceededException(string message)
        : base(message)
    {
    }

    public MemoryExceededException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
