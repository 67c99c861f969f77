using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FedHe.TestKit.Architecture;

/// <summary>Unsafe code can read or write past the end of its memory, or is written for particular processors.</summary>
public static class UnsafeCode
{
    private static readonly HashSet<Type> Doors =
    [
        typeof(MemoryMarshal), typeof(Marshal), typeof(NativeMemory), typeof(NativeLibrary), typeof(GCHandle), typeof(Unsafe),
        typeof(DllImportAttribute), typeof(LibraryImportAttribute), typeof(UnsafeAccessorAttribute),
    ];

    /// <summary>
    /// Tells whether a use is a pointer, a processor vector, a native function, or a way around the type system.
    /// </summary>
    public static bool IsIn(CodeReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return reference.Target.IsPointer
            || reference.Target.IsFunctionPointer
            || Doors.Contains(reference.Target)
            || (reference.Target.Namespace ?? string.Empty).StartsWith("System.Runtime.Intrinsics", StringComparison.Ordinal);
    }

    /// <summary>Lists the uses of unsafe code outside of the folders, at any depth, that have a certain name.</summary>
    /// <param name="references">The uses of types of an assembly.</param>
    /// <param name="folder">The folder's name, such as <c>Kernels</c>.</param>
    public static IEnumerable<CodeReference> Outside(IEnumerable<CodeReference> references, string folder)
        => references.Where(IsIn).Where(use => !CodeReader.FolderOf(use.Source).Split('.').Contains(folder));
}
