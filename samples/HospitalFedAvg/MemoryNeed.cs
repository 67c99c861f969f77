using System.Globalization;
using HospitalFedAvg.Data;

namespace HospitalFedAvg;

/// <summary>A memory need is what a run takes at least, known before the run begins.</summary>
internal static class MemoryNeed
{
    // Every hospital holds the shared model, its own update and its upload. Training holds the model, its gradient and its
    // momentum; averaging, encrypted and in clear, holds about as much.
    private const int CopiesPerHospital = 3;
    private const int CopiesOnce = 6;
    private const long Runtime = 32L << 20;

    /// <summary>Refuses a run that cannot fit into the memory that the process may use.</summary>
    /// <exception cref="MemoryExceededException">It cannot.</exception>
    public static void Check(Scenario scenario, int hospitals)
    {
        long data = sizeof(float) * ((long)scenario.TrainingCount + scenario.Test.Count) * scenario.Test.SampleShape.ElementCount;
        long model = sizeof(float) * (long)scenario.InitialModel.ParameterCount;
        long needed = Runtime + data + (model * (CopiesOnce + ((long)CopiesPerHospital * hospitals)));
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > available)
        {
            throw new MemoryExceededException(string.Create(
                CultureInfo.InvariantCulture,
                $"Out of memory: {hospitals} hospitals with a model of {scenario.InitialModel.ParameterCount:N0} parameters need at least " +
                $"{needed >> 20} MiB, and this process may use {available >> 20} MiB. {MemoryExceededException.Remedy}"));
        }
    }
}
