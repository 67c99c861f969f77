using System.Reflection;
using System.Runtime.InteropServices;
using FedHe.Crypto.Seal.Errors;

namespace FedHe.Crypto.Seal.Native;

/// <summary>
/// A SEAL library is the one native library of the process, and stays loaded. It must export every function that is
/// used and have a supported version.
/// </summary>
internal sealed record SealLibrary(string Name, Version Version)
{
    private static readonly Lock Gate = new();
    private static readonly Assembly Own = typeof(SealLibrary).Assembly;

    // A process loads a library once, so these fields cannot belong to an object.
    private static nint _handle;
    private static SealLibrary? _loaded;

    /// <summary>The oldest version whose C interface is the one used here: 4.1.</summary>
    public static Version Minimum { get; } = new(4, 1);

    /// <summary>Loads the library at a path, or searches for it.</summary>
    /// <exception cref="SealLibraryException">No library is found, or the library cannot be used.</exception>
    public static SealLibrary Load(string? path)
    {
        if (path is { Length: 0 })
        {
            throw SealThrow.NotFound(path);
        }

        string? fullPath = path is null ? null : Path.GetFullPath(path);
        lock (Gate)
        {
            if (_loaded is null)
            {
                return Adopt(fullPath);
            }

            if (fullPath is not null && fullPath != _loaded.Name)
            {
                // A library that cannot be used at all is reported first.
                NativeLibrary.Free(Open(fullPath));
                throw SealThrow.AnotherInUse(_loaded.Name);
            }

            return _loaded;
        }
    }

    public static void CheckVersion(Version version)
    {
        if (version.Major != Minimum.Major || version < Minimum)
        {
            throw SealThrow.VersionNotSupported(version, Minimum);
        }
    }

    private static SealLibrary Adopt(string? path)
    {
        (nint handle, string name) = path is null ? Search() : (Open(path), path);
        try
        {
            foreach (string export in SealImports.Exports)
            {
                if (!NativeLibrary.TryGetExport(handle, export, out _))
                {
                    throw SealThrow.NotSeal(name, export);
                }
            }

            var library = new SealLibrary(name, VersionOf(handle));
            CheckVersion(library.Version);
            NativeLibrary.SetDllImportResolver(Own, (wanted, _, _) => wanted == SealImports.Library ? _handle : 0);
            _handle = handle;
            return _loaded = library;
        }
        catch
        {
            NativeLibrary.Free(handle);
            throw;
        }
    }

    private static nint Open(string path)
    {
        if (!File.Exists(path))
        {
            throw SealThrow.NotFound(path);
        }

        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception reason) when (reason is DllNotFoundException or BadImageFormatException)
        {
            throw SealThrow.NotLoadable(path, reason);
        }
    }

    private static (nint Handle, string Name) Search()
    {
        if (NativeLibrary.TryLoad(SealImports.Library, Own, searchPath: null, out nint handle))
        {
            return (handle, SealImports.Library);
        }

        string? brought = Candidates().FirstOrDefault(File.Exists);
        if (brought is null)
        {
            throw SealThrow.NotFound(path: null);
        }

        return (Open(brought!), brought!);
    }

    /// <summary>
    /// Lists the paths where the package Microsoft.Research.SEALNet puts its libraries when an application is built.
    /// </summary>
    private static IEnumerable<string> Candidates()
    {
        (string system, string file) = OperatingSystem.IsWindows() ? ("win", "sealc.dll")
            : OperatingSystem.IsMacOS() ? ("osx", "libsealc.dylib")
            : ("linux", "libsealc.so");
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        string[] identifiers = [RuntimeInformation.RuntimeIdentifier, $"{system}-{architecture}", system];
        return identifiers.Select(
            identifier => Path.Combine(AppContext.BaseDirectory, "runtimes", identifier, "native", file));
    }

    private static unsafe Version VersionOf(nint handle)
    {
        Span<byte> parts = stackalloc byte[3];
        string[] functions =
            [nameof(SealImports.Version_Major), nameof(SealImports.Version_Minor), nameof(SealImports.Version_Patch)];
        for (int i = 0; i < parts.Length; i++)
        {
            var function = (delegate* unmanaged[Cdecl]<byte*, int>)NativeLibrary.GetExport(handle, functions[i]);
            byte part;
            Check(function(&part), "tell its version");
            parts[i] = part;
        }

        return new Version(parts[0], parts[1], parts[2]);
    }

    private static void Check(int code, string operation)
    {
        if (code != SealImports.Success)
        {
            throw new SealOperationException(operation, code);
        }
    }
}
