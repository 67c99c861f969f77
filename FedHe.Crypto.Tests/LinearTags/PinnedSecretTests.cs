using System.Reflection;
using System.Runtime.CompilerServices;
using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.Tests.LinearTags;

/// <summary>Secrets that are forgotten while they are read, or are not read any more.</summary>
public sealed class PinnedSecretTests
{
    [Fact]
    public void Secret_ForgottenWhileItIsRead_IsZeroedWhenItsReaderIsDone()
    {
        Lock gate = Forget(out Memory<byte> memory);
        using (gate.EnterScope())
        {
            Collect();
            memory.Span.ToArray().Should().OnlyContain(value => value == 7, "somebody reads it");
        }

        // The first collection sees the object again, the second one frees it.
        Collect();
        Collect();
        memory.Span.ToArray().Should().OnlyContain(value => value == 0, "nobody reads it any more");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Lock Forget(out Memory<byte> memory)
    {
        var secret = new PinnedSecret<byte>(new object(), 32);
        secret.Span.Fill(7);
        memory = MemoryOf(secret);
        return secret.Gate;
    }

    /// <summary>Returns the array of a secret, which does not keep its owner.</summary>
    private static byte[] MemoryOf(PinnedSecret<byte> secret)
        => (byte[])typeof(PinnedSecret<byte>).GetField("_memory", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(secret)!;

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
