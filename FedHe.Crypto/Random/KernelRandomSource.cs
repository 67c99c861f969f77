using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using Microsoft.Win32.SafeHandles;

namespace FedHe.Crypto.Random;

/// <summary>
/// The kernel random source reads the generator of the operating system's kernel, opened once, anew for every request and
/// without a buffer. It is thread-safe.
/// </summary>
/// <remarks>
/// On Unix the device is <c>/dev/urandom</c>. Windows has no documented call that reaches the kernel each time: there the
/// source is <c>BCryptGenRandom</c>, a generator in the process that Windows keeps seeded, so it adds a second call of the same
/// generator and nothing more.
/// </remarks>
internal sealed class KernelRandomSource(string path = KernelRandomSource.Device) : RandomSource, IDisposable
{
    private const string Device = "/dev/urandom";
    private const int ProbeLength = 32;

    // Where the device cannot be opened, the next request tries again: a failure is not kept.
    private readonly Lazy<SafeFileHandle> _device = new(() => Open(path), LazyThreadSafetyMode.PublicationOnly);

    /// <exception cref="HeRandomnessException">The device cannot be opened or read, or is no generator.</exception>
    public override void Fill(Span<byte> destination)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomNumberGenerator.Fill(destination);
            return;
        }

        Read(_device.Value, destination);
    }

    public void Dispose()
    {
        if (_device.IsValueCreated)
        {
            _device.Value.Dispose();
        }
    }

    private static SafeFileHandle Open(string path)
    {
        SafeFileHandle? device = null;
        try
        {
            device = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

            // An ordinary file in the place of the device gives the same bytes at every reading.
            Span<byte> first = stackalloc byte[ProbeLength];
            Span<byte> second = stackalloc byte[ProbeLength];
            Read(device, first);
            Read(device, second);
            return first.SequenceEqual(second) ? throw Throw.KernelRandomnessRepeats() : device;
        }
        catch (Exception failure)
        {
            device?.Dispose();
            if (failure is IOException or UnauthorizedAccessException)
            {
                throw Throw.KernelRandomnessUnavailable(failure);
            }

            throw;
        }
    }

    private static void Read(SafeFileHandle device, Span<byte> destination)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                int count = RandomAccess.Read(device, destination, fileOffset: 0);
                if (count == 0)
                {
                    throw Throw.KernelRandomnessUnavailable(failure: null);
                }

                destination = destination[count..];
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            throw Throw.KernelRandomnessUnavailable(failure);
        }
    }
}
