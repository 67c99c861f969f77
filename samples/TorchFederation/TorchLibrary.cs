using System.Runtime.InteropServices;
using TorchSharp;

namespace TorchFederation;

/// <summary>The native libraries of TorchSharp.</summary>
internal static class TorchLibrary
{
    /// <summary>Tells whether the libraries load; TorchSharp copies half a gigabyte before it says that they do not.</summary>
    public static bool IsUsable => IsLoaded("torch_cpu") && IsLoaded("LibTorchSharp");

    private static bool IsLoaded(string library) => NativeLibrary.TryLoad(library, typeof(torch).Assembly, searchPath: null, out _);
}
