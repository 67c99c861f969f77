using System.Runtime.ExceptionServices;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier.Randomness;

/// <summary>
/// A randomizer pool computes randomizers in the background and keeps them ready. It is thread-safe, and hands out each
/// randomizer once.
/// </summary>
/// <remarks>
/// Handing out zeroes a randomizer in the pool, since two ciphertexts with the same randomness give away the difference
/// of their messages.
/// A background task runs only while the pool is not full. When it fails, the next call throws its exception, and the call
/// after that starts another task.
/// </remarks>
internal sealed class RandomizerPool : RandomizerSource, IDisposable
{
    // Few enough that disposing does not wait long, as many as the widest arithmetic works on at once.
    private const int PerStep = 8;

    private readonly Lock _gate = new();
    private readonly RandomizerSource _source;
    private readonly int _length;
    private readonly byte[] _ready;
    private Task _filling = Task.CompletedTask;
    private ExceptionDispatchInfo? _failure;
    private int _count;
    private bool _isFilling;
    private bool _isDisposed;

    /// <summary>Creates a pool that begins to fill.</summary>
    /// <param name="source">The source of the randomizers.</param>
    /// <param name="capacity">The largest number of randomizers kept ready.</param>
    /// <param name="length">The length of a randomizer in bytes.</param>
    public RandomizerPool(RandomizerSource source, int capacity, int length)
    {
        _source = source;
        _length = length;
        _ready = SecretMemory.Allocate<byte>(checked(capacity * length));
        lock (_gate)
        {
            FillFurther();
        }
    }

    ~RandomizerPool() => SecretMemory.Zero<byte>(_ready);

    /// <summary>The number of randomizers that are ready.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <summary>The largest number of randomizers kept ready.</summary>
    public int Capacity => _ready.Length / _length;

    /// <summary>Tells whether the memory of the pool is all zeros; for tests.</summary>
    public bool IsZeroed => _ready.AsSpan().IndexOfAnyExcept((byte)0) < 0;

    /// <summary>The latest background task, which ends when the pool is full or when the source fails.</summary>
    public Task Filling
    {
        get
        {
            lock (_gate)
            {
                return _filling;
            }
        }
    }

    /// <summary>Takes the randomizers that are ready, and computes the missing ones.</summary>
    /// <param name="randomizers">Receives whole randomizers.</param>
    public override void Create(Span<byte> randomizers)
    {
        Span<byte> missing = randomizers[(Take(randomizers) * _length)..];
        if (!missing.IsEmpty)
        {
            _source.Create(missing);
        }
    }

    /// <summary>Takes the randomizers that are ready, and computes the missing ones for a plaintext.</summary>
    /// <param name="randomizers">Receives whole randomizers.</param>
    /// <param name="random">The secret randomness of the plaintext.</param>
    /// <remarks>What lies ready was drawn before there was a plaintext, and so does not depend on it.</remarks>
    public override void Create(Span<byte> randomizers, RandomSource random)
    {
        Span<byte> missing = randomizers[(Take(randomizers) * _length)..];
        if (!missing.IsEmpty)
        {
            _source.Create(missing, random);
        }
    }

    /// <summary>Moves the randomizers that are ready out of the pool, and lets the pool fill up again.</summary>
    /// <param name="randomizers">Receives whole randomizers at its beginning.</param>
    /// <returns>The number of randomizers moved; 0 from a disposed pool.</returns>
    public int Take(Span<byte> randomizers)
    {
        lock (_gate)
        {
            if (_failure is ExceptionDispatchInfo failure)
            {
                _failure = null;
                failure.Throw();
            }

            int taken = Math.Min(_count, randomizers.Length / _length);
            Span<byte> part = _ready.AsSpan((_count - taken) * _length, taken * _length);
            part.CopyTo(randomizers);
            SecretMemory.Zero(part);
            _count -= taken;
            FillFurther();
            return taken;
        }
    }

    /// <summary>Zeroes the randomizers that are ready, and waits until the background task has stopped.</summary>
    public void Dispose()
    {
        Task filling;
        lock (_gate)
        {
            _isDisposed = true;
            _count = 0;
            SecretMemory.Zero<byte>(_ready);
            filling = _filling;
        }

        filling.Wait();
        GC.SuppressFinalize(this);
    }

    private void FillFurther()
    {
        if (!_isDisposed && !_isFilling && _count < Capacity)
        {
            _isFilling = true;
            _filling = Task.Run(Fill);
        }
    }

    private void Fill()
    {
        byte[] fresh = SecretMemory.Allocate<byte>(PerStep * _length);
        try
        {
            while (NextStep() is int step and > 0)
            {
                Span<byte> randomizers = fresh.AsSpan(0, step * _length);
                _source.Create(randomizers);
                Put(randomizers);
            }
        }
        catch (Exception failure)
        {
            lock (_gate)
            {
                _failure = ExceptionDispatchInfo.Capture(failure);
                _isFilling = false;
            }
        }
        finally
        {
            SecretMemory.Zero<byte>(fresh);
        }
    }

    /// <summary>Tells how many randomizers to compute next; 0 ends the task, and a later call starts another.</summary>
    private int NextStep()
    {
        lock (_gate)
        {
            int step = _isDisposed ? 0 : Math.Min(PerStep, Capacity - _count);
            _isFilling = step > 0;
            return step;
        }
    }

    private void Put(Span<byte> randomizers)
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                randomizers.CopyTo(_ready.AsSpan(_count * _length));
                _count += randomizers.Length / _length;
            }
        }
    }
}
