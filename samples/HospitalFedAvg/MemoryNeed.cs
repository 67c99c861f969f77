using System.Globalization;
using FedHe.Learning.Data;
using HospitalFedAvg.Data;

namespace HospitalFedAvg;

/// <summary>A memory need is the least memory that a run takes, known before it begins.</summary>
internal static class MemoryNeed
{
    // Every hospital holds the model, its update and its upload; training holds the model, its gradient, its momentum and the
    // proximal anchor, and averaging two more.
    private const int CopiesPerHospital = 3;
    private const int CopiesOnce = 6;

    /// <summary>The message for a run that exceeded the memory.</summary>
    public static string Exceeded => string.Create(
        CultureInfo.InvariantCulture,
        $"Out of memory: the run needs more than the {Available >> 20} MiB that this process may use. {Remedy}");

    private const string Remedy = "Use a smaller --model, fewer --clients or fewer columns of data, or allow the process more.";

    private static long Available => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Refuses a run that cannot fit.</summary>
    /// <exception cref="DatasetFormatException">The memory that the process may use is too small.</exception>
    public static void Check(Scenario scenario, int hospitals)
    {
        long data = sizeof(float) * ((long)scenario.TrainingCount + scenario.Test.Count) * scenario.Test.SampleShape.ElementCount;
        long model = sizeof(float) * (long)scenario.InitialModel.ParameterCount;
        long needed = data + (model * (CopiesOnce + (CopiesPerHospital * hospitals)));
        if (needed > Available)
        {
            throw new OutOfMemoryException();
        }
    }
}
