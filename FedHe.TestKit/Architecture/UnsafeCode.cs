using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FedHe.TestKit.Architecture;

/// <summary>Finds code that can read or write past the end of its memory, and code for particular processors.</summary>
public static class UnsafeCode
{
    private static readonly HashSet<Type> Doors =
    [
        typeof(MemoryMarshal), typeof(Marshal), typeof(NativeMemory), typeof(NativeLibrary), typeof(GCHandle), typeof(Unsafe),
        typeof(DllImportAttribute), typeof(LibraryImportAttribute), typeof(UnsafeAccessorAttribute),
    ];

    /// <summary>Whether a use is a pointer, a vector of the processor, a native function, or a way around the type system.</summary>
    public static bool IsIn(CodeReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return reference.Target.IsPointer
            || reference.Target.IsFunctionPointer
            || Doors.Contains(reference.Target)
            || (reference.Target.Namespace ?? string.Empty).StartsWith("System.Runtime.Intrinsics", StringComparison.Ordinal);
    }

    /// <summary>The uses of unsafe code outside of the folders that have a certain name, at any depth.</summary>
    /// <param name="references">The uses of types of an assembly.</param>
    /// <param name="folder">The folder's name, such as <c>Kernels</c>.</param>
    public static IEnumerable<CodeReference> Outside(IEnumerable<CodeReference> references, string folder)
        => references.Where(IsIn).Where(use => !CodeReader.FolderOf(use.Source).Split('.').Contains(folder));
}
