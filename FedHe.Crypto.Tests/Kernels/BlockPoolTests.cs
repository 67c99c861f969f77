using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class BlockPoolTests
{
    private const int Length = 1000;

    [Fact]
    public void Rent_OfAnyLength_HasExactlyThatLength()
    {
        var pool = new BlockPool(wordsKept: Length);
        foreach (int length in (int[])[1, 63, Length, 4097])
        {
            pool.Rent(length).Should().HaveCount(length);
        }
    }

    [Fact]
    public void Rent_AfterReturn_GivesTheSameBlockAndAllocatesNothing()
    {
        var pool = new BlockPool(wordsKept: 3 * Length);
        ulong[][] blocks = [.. Enumerable.Range(0, 3).Select(_ => pool.Rent(Length))];
        Array.ForEach(blocks, pool.Return);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            ulong[] block = pool.Rent(Length);
            pool.Return(block);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
        blocks.Should().Contain(pool.Rent(Length));
    }

    [Fact]
    public void Rent_OfABlockInUse_GivesAnother()
    {
        var pool = new BlockPool(wordsKept: 0);
        ulong[] first = pool.Rent(Length);
        ulong[] second = pool.Rent(Length);
        second.Should().NotBeSameAs(first);
        pool.Return(first);
        pool.Rent(Length + 1).Should().NotBeSameAs(first);
        pool.Rent(Length).Should().BeSameAs(first, "what exceeds the kept words waits as long as memory is not needed");
    }

    [Fact]
    public void Return_BeyondTheKeptWords_LeavesTheRestToTheCollector()
    {
        var pool = new BlockPool(wordsKept: Length);
        WeakReference[] blocks = Fill(pool);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        blocks.Count(block => block.IsAlive).Should().Be(1);
        pool.Rent(Length).Should().HaveCount(Length);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference[] Fill(BlockPool pool)
        {
            ulong[][] blocks = [.. Enumerable.Range(0, 4).Select(_ => pool.Rent(Length))];
            Array.ForEach(blocks, pool.Return);
            return [.. blocks.Select(block => new WeakReference(block))];
        }
    }
}
