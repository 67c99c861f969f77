using System.Runtime.InteropServices;
using TorchSharp;

namespace FedHe.TorchSharp.Tests.Support;

/// <summary>libtorch on this machine, which a process loads only with a C++ runtime that is new enough.</summary>
internal static class TorchInstallation
{
    private const string Variable = "FEDHE_TORCH_DEMANDED";

    private static readonly Lazy<string?> Missing = new(Look);

    /// <summary>Why tests cannot run libtorch, or null if they can. Where it is demanded, they run and fail instead.</summary>
    public static string? WhyNot => Missing.Value;

    private static string? Look()
    {
        // TorchSharp itself is not asked: where it cannot load its libraries, it copies half a gigabyte before it says so.
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } && !(IsLoaded("torch_cpu") && IsLoaded("LibTorchSharp")))
        {
            return "libtorch did not take part: its libraries for Linux x64 need libstdc++ of gcc 13 or later. eng/debian13 runs the tests " +
                "where the system has an older one.";
        }

        // Threads that wait for each other gain nothing with models so small.
        torch.set_num_threads(1);
        return null;
    }

    private static bool IsLoaded(string library) => NativeLibrary.TryLoad(library, typeof(torch).Assembly, searchPath: null, out _);
}
